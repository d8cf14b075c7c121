"""The facts behind the verdicts of the chapter on denoising, in small."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from labcode import data, experiments, runs
from labcode.claims.rules import Outcome, outcome
from labcode.data.corruption import GaussianNoise, noisy
from labcode.designs.profiles import PROFILES, Profile
from labcode.experiments import denoising as chapter
from labcode.experiments.denoising import clipping, contest
from labcode.models.conv import LabCNN
from labcode.scores.metrics import mse
from labcode.training.cpu import one_thread
from labcode.training.denoising import PlaneSpec
from labcode.training.loop import Fit, Optimiser
from labcode.training.networks import RunSpec, fit, score

SMALL = data.DataSpec(1500, 500)


@cache
def _lab(std: float, clip: bool) -> tuple[LabCNN, Fit]:
    split = data.load(SMALL)
    with torch.random.fork_rng(), one_thread():
        torch.manual_seed(0)
        network = LabCNN()
        trained = fit(
            network,
            split.train.pixels,
            split.validation.pixels,
            epochs=6,
            batch_size=32,
            optimiser=Optimiser(learning_rate=4e-3),
            corruption=GaussianNoise(std, clip) if std else None,
            fresh_corruption=False,
            device="cpu",
        )
    return network, trained


def _gap(std: float, made: bool, met: bool) -> float:
    network, _ = _lab(std, made)
    split = data.load(SMALL)
    losses = [
        score(network, noisy(part.pixels, std, clip), part.pixels)
        for part, clip in ((split.train, made), (split.validation, met))
    ]
    return losses[1] / losses[0] - 1


def test_the_gap_is_the_clip() -> None:
    assert _gap(0.6, made=False, met=True) > 0.3
    assert abs(_gap(0.6, made=False, met=False)) < 0.05
    assert _gap(0.6, made=True, met=False) > 0.3


def test_the_denoiser_wins_on_noise_and_not_on_clean() -> None:
    test = data.fashion_mnist("test").pixels[:1000]
    plain, denoising = _lab(0.0, False)[0].eval(), _lab(0.6, False)[0].eval()
    with torch.no_grad():
        y = noisy(test, 0.6)
        assert mse(test, denoising(y)).mean() < 0.7 * mse(test, plain(y)).mean()
        assert mse(test, plain(test)).mean() < mse(test, denoising(y)).mean()


def test_the_gap_on_clean_images_is_that_of_the_final_weights(empty_cache) -> None:  # type: ignore[no-untyped-def]
    profile = PROFILES["smoke"]
    expected = []
    for seed in profile.seeds:
        run = runs.get(clipping.lab_network(profile, seed))
        split = data.load(run.spec.data)
        network = runs.model_of(run)
        with torch.no_grad():
            train, validation = (
                ((network(part.pixels) - part.pixels) ** 2).mean().item()
                for part in (split.train, split.validation)
            )
        expected.append(validation / train - 1)
    assert contest.clean_gap(profile).mean == pytest.approx(np.mean(expected), abs=1e-5)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_run_is_listed_once(profile) -> None:  # type: ignore[no-untyped-def]
    found = experiments.specs(profile, "denoising")
    keys = {runs.key(spec) for spec in found}
    assert len(keys) == len(found)
    measured = [spec for spec in found if hasattr(spec, "arguments")]
    networks = {dict(spec.arguments).get("network") for spec in measured} - {None}
    assert networks <= set(found)


def test_only_decisive_noise_has_all_seeds_and_images() -> None:
    book = PROFILES["book"]
    deciding = contest.own_network(book, GaussianNoise(0.3), seed=1)
    assert deciding is not None and deciding.data.train == 30_000
    assert contest.own_network(book, GaussianNoise(0.1), seed=1) is None
    assert contest.network_for(book, contest.LAB, 0.5, seed=0) is None


def test_the_evidence_suits_its_rules() -> None:
    for decision in chapter.DECIDES:
        found = decision.evidence(PROFILES["smoke"])
        assert outcome(decision.claim, found.numbers) in Outcome and found.effect


@pytest.mark.parametrize("change", [{"epochs": 40}, {"seeds": (7,)}])
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_changed_profile_changes_every_network_in_mini_batches(profile, change) -> None:  # type: ignore[no-untyped-def]
    def networks(of: Profile) -> set[RunSpec | PlaneSpec]:
        return {s for s in experiments.specs(of, "denoising") if isinstance(s, RunSpec | PlaneSpec)}

    changed = networks(replace(profile, **change))
    assert changed and not changed & networks(profile)
