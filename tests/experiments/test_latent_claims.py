"""The designs behind C12 to C14: what their runs share, and what decides."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from labcode import experiments
from labcode.audit import recording
from labcode.claims.rules import outcome
from labcode.data import DataSpec
from labcode.designs.profiles import PROFILES
from labcode.experiments import latent_space
from labcode.experiments.latent_space import (
    claims,
    networks,
    organisation,
    samples,
    strangers,
    transitions,
)
from labcode.experiments.latent_space.models import AE, BETA_VAE, VAE
from labcode.runs.measured import Measurement, trains
from labcode.training.mixtures import MixtureRunSpec

FULL, SMOKE = PROFILES["full"], PROFILES["smoke"]
TINY = replace(SMOKE, train=300, validation=100, test=100, labelled=200)
DESIGNS = (
    networks.tuning, networks.networks, networks.bounds, networks.scorer, organisation.codes,
    samples.mixtures, samples.generators, samples.linear, samples.linear_fits, samples.by_labels,
    samples.floors, transitions.walked, strangers.areas,
)  # fmt: skip


def trained(design):
    return {spec for spec in design.specs(FULL) if not isinstance(spec, Measurement)}


def networks_of(value):
    """The networks and mixtures that a spec names, itself included."""
    if isinstance(value, Measurement):
        return {one for _, part in value.arguments for one in networks_of(part)}
    return {value} if hasattr(value, "epochs") or isinstance(value, MixtureRunSpec) else set()


def test_networks_differ_in_their_loss_and_seed_alone():
    long = [networks.network(FULL, model, 0) for model in (AE, VAE, BETA_VAE)]
    for name in ("epochs", "seed", "data", "batch_size", "schedule", "best"):
        assert len({getattr(spec, name) for spec in long}) == 1
    assert len({spec.model.arguments for spec in long}) == 1
    assert (long[0].epochs, long[0].schedule, long[0].best) == (40, "cosine", True)
    assert long[0].data == DataSpec(50_000, 10_000)
    assert [spec.beta for spec in long[1:]] == [1, 16]


def test_five_seeds_are_long_and_one_is_doubled():
    budgets = [spec.epochs for spec in trained(networks.networks)]
    assert sorted(budgets) == [40] * 15 + [80] * 3
    assert len(trained(networks.tuning)) == 9
    rates = {spec.optimiser.learning_rate for spec in trained(networks.tuning)}
    assert rates == set(networks.RATES) and set(networks.CHOSEN.values()) <= rates


def test_all_scores_are_of_the_same_networks():
    long = trained(networks.networks)
    others = (organisation.codes, samples.mixtures, samples.generators, transitions.walked)
    for design in others:
        found = {one for spec in design.specs(FULL) for one in networks_of(spec)}
        assert {one for one in found if getattr(one, "model", None)} <= long
    classifiers = {networks.classifier(FULL)}
    for design in (samples.generators, samples.linear, samples.floors, transitions.walked):
        found = {one for spec in design.specs(FULL) for one in networks_of(spec)}
        assert {one for one in found if hasattr(one, "feature_size")} == classifiers


def test_each_score_is_kept_as_the_weights_are_not():
    """What trains is measured by a measured function, or read from the run's history."""
    for design in DESIGNS:
        scores = design._scores_in(FULL)
        for name, score in scores.items():
            plain = getattr(score, "func", score)
            read = {"history", "best_validation_loss"}
            assert hasattr(plain, "spec") or plain.__name__ in read, (design.name, name)


def test_no_page_shows_them_yet_and_the_record_takes_them():
    shown = experiments.sections(latent_space)
    for module in (networks, organisation, samples, transitions, strangers):
        assert module not in shown
    wanted = set(recording.recordable(FULL, "ae-versus-vae"))
    for design in DESIGNS:
        assert {spec for spec in design.specs(FULL) if trains(spec)} <= wanted


@pytest.fixture
def found(monkeypatch):
    """Tables that a test writes: by design, then by score, from levels to numbers of seeds."""
    tables = {}
    for module, name in (
        (organisation, "codes"), (samples, "generators"), (samples, "linear"),
        (samples, "linear_fits"), (transitions, "walked"),
    ):  # fmt: skip
        design = getattr(module, name)
        monkeypatch.setattr(design, "table", lambda profile, name=name: tables[name])
    return tables


def table(score, dims, cells):
    """A table with one score: cells by levels, five numbers each; NaN elsewhere."""
    levels = [list(dict.fromkeys(cell[axis] for cell in cells)) for axis in range(len(dims))]
    array = xr.DataArray(
        np.full([*map(len, levels), 5], np.nan), dict(zip(dims, levels, strict=True)),
        (*dims, "seed"),
    )  # fmt: skip
    for cell, numbers in cells.items():
        array.loc[dict(zip(dims, cell, strict=True))] = numbers
    return array.to_dataset(name=score)


def around(mean, spread=0.01):
    """Five numbers that scatter around their mean by this share of it."""
    return mean * (1 + spread * np.array([-1.2, -0.5, 0.1, 0.4, 1.2]))


def test_only_a_change_of_shape_or_classes_moves_c12(found):
    dims = ("model", "budget")
    ae, vae = (AE, "long"), (VAE, "long")

    def decided(told, classes):
        found["codes"] = xr.merge(
            [
                table("told_whitened", dims, {ae: around(told[0]), vae: around(told[1])}),
                table(
                    "neighbours_whitened", dims, {ae: around(classes[0]), vae: around(classes[1])}
                ),
            ]
        )
        return outcome("C12", claims.c12.evidence(FULL).numbers)

    assert decided((0.95, 0.7), (0.6, 0.8)) == "holds"
    assert decided((0.95, 0.7), (0.8, 0.6)) == "holds with conditions"
    assert decided((0.7, 0.95), (0.8, 0.6)) == "does not hold"
    assert decided((0.95, 0.94), (0.8, 0.6)) == "undecided"


def test_c13_compares_two_opponents_with_the_vae(found):
    dims = ("model", "sampler", "budget")

    def decided(ae, linear, prior, mixture, spread=0.01):
        found["generators"] = table(
            "frechet",
            dims,
            {
                (AE, samples.MIXTURE, "long"): around(ae, spread),
                (VAE, samples.PRIOR, "long"): around(prior),
                (VAE, samples.MIXTURE, "long"): around(mixture),
            },
        )
        found["linear"] = table(
            "frechet", ("components",), {(10,): [99] * 5, (20,): around(linear)}
        )
        found["linear_fits"] = table(
            "validation_log_likelihood", ("components",), {(10,): [1] * 5, (20,): [2] * 5}
        )
        return outcome("C13", claims.c13.evidence(FULL).numbers)

    assert decided(ae=3, linear=4, prior=2, mixture=2) == "holds"
    assert decided(ae=3, linear=4, prior=9, mixture=2) == "holds with conditions"
    assert decided(ae=2, linear=4, prior=9, mixture=2) == "does not hold"
    assert decided(ae=3, linear=2, prior=9, mixture=2) == "does not hold"
    assert decided(ae=3.3, linear=4, prior=3, mixture=3, spread=0.2) == "undecided"


def test_c14_compares_ratios_of_independent_networks(found):
    def decided(ae, vae, spread=0.01):
        cells = {model: (model, "line", "long") for model in (AE, VAE)}
        found["walked"] = xr.merge(
            [
                table(
                    name,
                    ("model", "path", "budget"),
                    {cells[AE]: around(one, spread), cells[VAE]: around(other)},
                )
                for name, one, other in zip(("unevenness", "middle"), ae, vae, strict=True)
            ]
        )
        return outcome("C14", claims.c14.evidence(FULL).numbers)

    assert decided((2, 4), (1.5, 3)) == "holds"
    assert decided((1.5, 4), (2, 3)) == "holds with conditions"
    assert decided((2, 3), (2, 3)) == "does not hold"
    assert decided((2, 4), (1.9, 3.5), spread=0.2) == "undecided"


@pytest.mark.parametrize("claim", [claims.c12, claims.c13, claims.c14], ids=lambda one: one.claim)
def test_the_evidence_can_be_gathered(claim):
    """In a token profile: numbers that mean nothing, from designs that run to their end."""
    evidence = claim.evidence(TINY)
    assert outcome(claim.claim, evidence.numbers)
    assert evidence.seeds == 2
