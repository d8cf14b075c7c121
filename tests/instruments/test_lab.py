"""A lab on a reader's own data, end to end: what it finds is what closed forms say."""

import csv
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from labcode import __main__ as command_line
from labcode import data, runs
from labcode.data import own
from labcode.experiments import own_data
from labcode.experiments.own_data import DENSE, FIXED_VAE, LINEAR, autoencoders, variational
from labcode.scores import any_shape
from labcode.scores.reconstruction import reconstruction_error
from labcode.theory.mixtures import GaussianMixture

SIDE, PIXELS = 8, 64
EPOCHS = 800


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(empty_cache, tmp_path, monkeypatch):
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    monkeypatch.delenv("LABCODE_DATASET", raising=False)
    monkeypatch.chdir(tmp_path)


def folder_of(path: Path, images: np.ndarray, names=None) -> Path:
    """PNGs of images with numbers from 0 to 1."""
    for place, image in enumerate(np.rint(images * 255).clip(0, 255).astype(np.uint8)):
        file = path / (names[place] if names else "") / f"{place:05}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(file)
    return path


# Made data, whose answers are known


SPECTRUM = np.array([0.2, 0.1, 0.05] + [0.001] * 13)


def gaussian_images(n: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.normal(size=(16, 16)))
    codes = rng.normal(size=(n, 16)) * np.sqrt(SPECTRUM)
    return (0.5 + codes @ basis.T).reshape(n, 4, 4)


def test_gaussian_images_in_a_folder(tmp_path):
    """PCA's floor, Wiener's error and a linear VAE's units, from the spectrum that was drawn."""
    about = own.take_in(folder_of(tmp_path / "made", gaussian_images(1500)))
    profile = own_data.profile_for(about.name, seeds=2, code_sizes=(3, 6), epochs=EPOCHS)
    profile = replace(profile, rates=(1e-2,))
    forms = own_data.closed_forms(profile, about.name)
    for k in (3, 6):
        floor = SPECTRUM[k:].sum() / 16
        assert forms.floor.sel(code_size=k).item() == pytest.approx(floor, rel=0.1)
    s = profile.noise
    wiener = (SPECTRUM * s**2 / (SPECTRUM + s**2)).sum() / 16
    assert forms.wiener == pytest.approx(wiener, rel=0.06)
    assert forms.wiener_train == pytest.approx(wiener, rel=0.04)
    assert SPECTRUM[3] < own_data.level_of_half(profile.data(about.name), 6) < SPECTRUM[2]
    assert forms.active == 3
    linear_vae = variational.spec(profile, dataset=about.name, model=FIXED_VAE, seed=0)
    assert any_shape.units_in_use(linear_vae).active.item() == 3
    linear = autoencoders.spec(profile, dataset=about.name, code_size=3, layers=LINEAR, seed=0)
    floor = forms.floor.sel(code_size=3).item()
    assert 0.98 * floor < reconstruction_error(linear) < 1.1 * floor


def test_a_mixture_in_a_folder(tmp_path):
    """A denoiser ends between the Wiener filter and the mixture's own posterior mean."""
    rng = np.random.default_rng(0)
    spread, n = 0.02, 2500
    means = rng.uniform(0.2, 0.8, size=(16, PIXELS))
    images = means[rng.integers(0, 16, n)] + spread * rng.normal(size=(n, PIXELS))
    about = own.take_in(folder_of(tmp_path / "made", images.reshape(n, SIDE, SIDE)))
    profile = own_data.profile_for(about.name, seeds=2, code_sizes=(8,), epochs=60)
    profile = replace(profile, rates=(1e-3,))
    s, spec = profile.noise, profile.data(about.name)
    x = data.load(spec).test.pixels
    y = data.corruption.noisy(x, s).flatten(1).double().numpy()
    mixture = GaussianMixture(
        np.full(16, 1 / 16), means, np.broadcast_to(spread**2 * np.eye(PIXELS), (16, 64, 64))
    )
    best = np.mean((mixture.posterior_mean(y, s) - x.flatten(1).numpy()) ** 2)
    wiener = own_data.closed_forms(profile, about.name).wiener
    network = own_data.denoisers.spec(profile, dataset=about.name, layers=DENSE, seed=0)
    error = any_shape.denoised_error(network, s)
    assert 5 * best < wiener
    assert 0.95 * best < error < 0.5 * wiener


# Whatever comes


def status(*arguments: str) -> int:
    try:
        return command_line.main(["lab", *arguments])
    except SystemExit as ended:
        return ended.code


def assert_whole(folder: Path, images: bool) -> str:
    """The report has every section and loads nothing, and every table is there."""
    text = (folder / "report.html").read_text("utf-8")
    titles = re.findall("<h2>(.*?)</h2>", text)
    assert titles[0] == "Data" and titles[-1] == "Verdicts" and len(titles) == 6
    assert "Still to come" not in text
    references = re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", text)
    assert all(one.startswith(("#", "data:")) for one in references)
    assert "default-src 'none'" in text and "<script" not in text
    assert ("convolutional" in text) == images
    assert {file.name for file in folder.iterdir()} == {
        "report.html",
        *(f"{name}.csv" for name in (
            "autoencoders", "denoisers", "likelihoods", "pca-by-code-size", "spectrum", "verdicts"
        )),
    }  # fmt: skip
    return text


QUICK = ("--epochs", "1", "--seeds", "2", "--codes", "3")


@pytest.mark.parametrize(
    ("shape", "names"),
    [((27, 29), None), ((32, 32, 3), ["cat", "dog"] * 100)],
    ids=["27 by 29, no labels", "colour, two classes"],
)
def test_200_images(tmp_path, shape, names, capsys):
    images = np.random.default_rng(0).random((200, *shape))
    assert status(str(folder_of(tmp_path / "mine", images, names)), "--out", "lab", *QUICK) == 0
    text = assert_whole(tmp_path / "lab", images=True)
    assert ("no labels" in text) == (names is None)
    assert "160 training and 40 test items" in capsys.readouterr().out


def test_a_table_of_40_columns_and_a_lab_that_goes_on(tmp_path, monkeypatch, empty_cache):
    rows = np.random.default_rng(0).normal(size=(200, 40)).cumsum(1)
    with (tmp_path / "spectra.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows.tolist())
    arguments = ("spectra.csv", "--units", "all alike", "--out", "lab", *QUICK)
    train = runs.train_missing

    def stopped(specs, *_):
        if specs:
            raise KeyboardInterrupt

    monkeypatch.setattr(runs, "train_missing", stopped)
    assert status(*arguments) == 130
    first = (tmp_path / "lab" / "report.html").read_text("utf-8")
    assert "Still to come: autoencoders, noise, likelihoods, verdicts." in first
    assert "What needs no network" in first
    monkeypatch.setattr(runs, "train_missing", train)
    assert status(*arguments) == 0
    text = assert_whole(tmp_path / "lab", images=False)
    assert "all alike scaled" in text
    trained = sorted((empty_cache / "runs").glob("*.safetensors"))
    kept = {file: file.stat().st_mtime_ns for file in trained}
    assert status(*arguments) == 0
    assert {file: file.stat().st_mtime_ns for file in trained} == kept
    assert sorted(trained[0].parent.glob("*.safetensors")) == trained


def test_digits_are_the_default_and_need_no_network(tmp_path, monkeypatch):
    from labcode.data import files

    monkeypatch.setenv("LABCODE_DATA", "/nonexistent")
    monkeypatch.setattr(files, "IN_PLACE", {})
    monkeypatch.setattr(files, "BY_NETWORK", {})
    assert status(*QUICK) == 0
    assert_whole(tmp_path / "lab-digits", images=True)


def test_the_data_set_is_named_by_a_variable(monkeypatch, capsys):
    monkeypatch.setenv("LABCODE_DATASET", "cifar")
    assert status() == 2
    assert "Choose one of fashion-mnist" in capsys.readouterr().err


# Sizes, and what is decided


def test_sizes_suit_the_data():
    profile = own_data.profile_for("digits")
    assert (profile.train, profile.validation) == (1275, 225)
    steps = profile.epochs * math.ceil(profile.train / own_data.BATCH)
    assert own_data.UPDATES <= steps < own_data.UPDATES + 10
    held = own_data.closed_forms(profile, "digits").spectrum.cumsum()
    held = (held / held[-1]).values
    for k, left in zip(profile.code_sizes, own_data.SHARES_LEFT, strict=True):
        assert held[k - 1] >= 1 - left > held[k - 2]


def test_a_lab_of_few_seeds_decides_nothing():
    few, enough = (own_data.profile_for("digits", seeds=n, code_sizes=(3,)) for n in (4, 5))
    difference = own_data.paired_difference(np.full(5, -1.0) + 1e-3 * np.arange(5), np.zeros(5))
    asked = {"one": own_data.Question("?", difference, "")}
    assert own_data.outcomes(few, asked)["one"] is own_data.Outcome.OPEN
    assert own_data.outcomes(enough, asked)["one"] is own_data.Outcome.HOLDS


def test_rows_are_denoised_and_given_back_in_their_shape(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(60, 5)))
    about = own.take_in(tmp_path / "x.npy")
    profile = own_data.profile_for(about.name, seeds=2, code_sizes=(2,), epochs=1)
    network = autoencoders.spec(profile, dataset=about.name, code_size=2, layers=DENSE, seed=0)
    x = data.load(profile.data(about.name)).test.pixels
    assert any_shape.given_back(network, x).shape == x.shape
    errors = any_shape.item_errors(network)
    assert errors.mean().item() == pytest.approx(reconstruction_error(network))
    restored = torch.from_numpy(any_shape.given_back(network, x).numpy())
    assert errors.values == pytest.approx(((restored - x) ** 2).mean(1).numpy(), rel=1e-5)
