"""Train it here in Chromium: PyTorch's gradients, labcode's own outcome, and a hand on it."""

import re
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from playwright.sync_api import expect
from torch import nn
from torch.nn import functional

from labcode.data import DataSpec, load
from labcode.experiments.denoising import in_the_page
from labcode.instruments import train_here as module
from labcode.instruments.joining import joined
from labcode.instruments.train_here import TrainHere, errors_of_pca
from labcode.models import ShallowAutoencoder
from labcode.models.variational import DenseVAE
from labcode.training.networks import RunSpec, model_spec

SCRIPTS = files("labcode.instruments") / "scripts"
LIBRARY = """import { Autoencoder, VariationalAutoencoder } from "./autoencoders.js";
import { Adam } from "./network.js";
import { Training, noisy } from "./training.js";
window.lib = { Adam, Autoencoder, VariationalAutoencoder, Training, noisy };
"""
SLOPES = """([kind, about, weights, x, target, noise]) => {
  const model = new lib[kind](about);
  model.layers.forEach(({ weight, bias }, i) => {
    weight.value.set(weights[2 * i]);
    bias.value.set(weights[2 * i + 1]);
  });
  let at = 0;
  const n = x.length / 784;
  const found = model.slopes(Float64Array.from(x), Float64Array.from(target), n, () => noise[at++]);
  return { mse: found.mse, rates: [...found.rates ?? []],
    slopes: model.layers.flatMap(({ weight, bias }) => [[...weight.slope], [...bias.slope]]) };
}"""
STEPS = """([about, weights, x, rate, steps]) => {
  const model = new lib.Autoencoder(about);
  model.layers.forEach(({ weight, bias }, i) => {
    weight.value.set(weights[2 * i]);
    bias.value.set(weights[2 * i + 1]);
  });
  const adam = new lib.Adam(model.layers, rate);
  const images = Float64Array.from(x);
  for (let i = 0; i < steps; i++) {
    model.slopes(images, images, images.length / 784);
    adam.step();
  }
  return model.layers.flatMap(({ weight, bias }) => [[...weight.value], [...bias.value]]);
}"""
LAYERS = {"linear": nn.Identity, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}
N, K = 6, 7


@pytest.fixture
def library(browser, tmp_path: Path):
    """A page with the scripts' own functions, which they keep to themselves elsewhere."""
    for script in SCRIPTS.iterdir():
        shutil.copy(str(script), tmp_path)
    (tmp_path / "library.js").write_text(LIBRARY)
    page = browser.new_page()
    page.add_script_tag(content=joined("library.js", tmp_path))
    yield page
    page.close()


def close(found, expected, tolerance: float = 1e-5) -> None:
    """Relative in norm, each tensor by itself."""
    for mine, theirs in zip(found, expected, strict=True):
        difference = np.linalg.norm(np.ravel(mine) - np.ravel(theirs))
        assert difference <= tolerance * np.linalg.norm(theirs)


def weights_of(model: nn.Module) -> list[list[float]]:
    return [p.detach().flatten().tolist() for p in model.parameters()]


def plain(code: str, output: str) -> nn.Module:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(784, K), LAYERS[code](), nn.Linear(K, 784), LAYERS[output]())
    for bias in (model[0].bias, model[2].bias):
        nn.init.normal_(bias, std=0.1)
    return model


@pytest.mark.parametrize("code", LAYERS)
@pytest.mark.parametrize("output", ["linear", "sigmoid"])
def test_gradients_of_the_autoencoder_are_pytorchs(library, code, output):
    model, x, target = plain(code, output), torch.rand(N, 784), torch.rand(N, 784)
    loss = functional.mse_loss(model(x), target)
    loss.backward()
    about = {"codeSize": K, "code": code, "output": output}
    arguments = ["Autoencoder", about, weights_of(model), x.flatten().tolist()]
    found = library.evaluate(SLOPES, [*arguments, target.flatten().tolist(), []])
    assert found["mse"] == pytest.approx(loss.item(), rel=1e-6)
    close(found["slopes"], [p.grad.numpy() for p in model.parameters()])


@pytest.mark.parametrize("reduce", ["sums", "means"])
def test_gradients_of_the_vae_are_pytorchs(library, reduce):
    torch.manual_seed(0)
    model, beta = DenseVAE(K, hidden=(128,), variance=0.5), 3.0
    for p in model.parameters():
        if p.ndim == 1:
            nn.init.normal_(p, std=0.1)
    x, target, noise = torch.rand(N, 784), torch.rand(N, 784), torch.randn(N, K)
    posterior = model.posterior(x.view(N, 1, 28, 28))
    codes = posterior.mean + (posterior.log_variance / 2).exp() * noise
    error = (model.decode(codes).flatten(1) - target) ** 2
    rate = posterior.rate()
    if reduce == "sums":
        loss = (error.sum(1) + beta * rate.sum(1)).mean()
    else:
        loss = error.mean() + beta * rate.mean()
    loss.backward()
    about = {"codeSize": K, "beta": beta, "reduce": reduce}
    weights = [p.detach().flatten().tolist() for p in model.parameters() if p.grad is not None]
    arguments = ["VariationalAutoencoder", about, weights, x.flatten().tolist()]
    rest = [target.flatten().tolist(), noise.flatten().tolist()]
    found = library.evaluate(SLOPES, [*arguments, *rest])
    assert found["mse"] == pytest.approx(error.mean().item(), rel=1e-6)
    assert found["rates"] == pytest.approx(rate.mean(0).tolist(), rel=1e-5)
    close(found["slopes"], [p.grad.numpy() for p in model.parameters() if p.grad is not None])


def test_adam_takes_pytorchs_steps(library):
    model, x = plain("sigmoid", "sigmoid").double(), torch.rand(N, 784, dtype=torch.float64)
    before = weights_of(model)
    adam = torch.optim.Adam(model.parameters(), lr=0.01, eps=1e-7)
    for _ in range(5):
        adam.zero_grad()
        functional.mse_loss(model(x), x).backward()
        adam.step()
    about = {"codeSize": K, "code": "sigmoid", "output": "sigmoid"}
    found = library.evaluate(STEPS, [about, before, x.flatten().tolist(), 0.01, 5])
    close(found, [p.detach().numpy() for p in model.parameters()], 1e-9)


def test_noise_is_normal_and_clipped_only_if_asked(library):
    script = """(clip) => {
      const training = new lib.Training(new Uint8Array(784 * 20).fill(51), 10, { network: "plain",
        codeSize: 2, code: "relu", output: "linear", noise: 0.3, clipValidation: clip, rate: 1,
        seed: 1 });
      return [...training.met];
    }"""
    free, clipped = (np.array(library.evaluate(script, clip)) for clip in (False, True))
    assert free.mean() == pytest.approx(0.2, abs=0.01)
    assert free.std() == pytest.approx(0.3, abs=0.01)
    assert np.abs(clipped - free.clip(0, 1)).max() < 1e-12


def test_only_validation_images_validate(library):
    script = """() => {
      const greys = new Uint8Array(784 * 40).fill(0);
      greys.fill(255, 784 * 30);
      const training = new lib.Training(greys, 10, { network: "plain", codeSize: 2, code: "relu",
        output: "linear", noise: 0, rate: 1e-2, seed: 1 });
      const found = training.epoch();
      return [found.train, found.validation];
    }"""
    train, validation = library.evaluate(script)
    assert train == 0 and validation > 0.5


def a_few(band_epochs: int = 2) -> TrainHere:
    split = load(DataSpec(96, 32))
    band = xr.Dataset(
        {name: ("epoch", np.full(band_epochs, value)) for name, value in BAND.items()},
        attrs={"seeds": 4, "code_size": 16, "rate": 1e-3},
    )
    floor = errors_of_pca(DataSpec(96, 32)).tolist()
    return TrainHere(split.train.pixels, split.validation.pixels, floor, band)


BAND = {"low": 0.05, "high": 0.2}


@pytest.fixture(scope="module")
def html() -> str:
    return a_few()._repr_html_()


def train(page, timeout: float = 60_000) -> list[dict]:
    page.get_by_role("button", name="Train").press("Enter")
    page.wait_for_function("ready.training()", timeout=timeout)
    page.wait_for_function("!ready.training()", timeout=timeout)
    return page.evaluate("ready.found().map(({ seen, rebuilt, ...rest }) => rest)")


def test_a_reader_trains_by_keys_and_is_told(opened, html):
    page = opened("train-here", html)
    found = train(page)
    assert [one["epoch"] for one in found] == [1, 2]
    assert found[1]["validation"] < found[0]["validation"]
    assert page.evaluate("ready.isTheBooks()")
    told = page.locator(".instrument-status").inner_text()
    assert f"{found[1]['validation']:.4f} in validation" in told
    expect(page.locator(".instrument-spoken")).to_have_text(told)
    legend = page.get_by_role("list", name="Lines")
    expect(legend).to_contain_text("99 of 100 networks, as 4 seeds in PyTorch tell")
    shown = page.locator(".instrument-garment").first
    pixels = shown.evaluate("c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data]")
    first = load(DataSpec(96, 32)).validation.pixels[0].flatten().numpy()
    assert np.abs(np.reshape(pixels, (784, 4))[:, 0] - 255 * first).max() < 1


def test_another_design_has_no_band(opened, html):
    page = opened("train-here", html)
    page.get_by_label("Layer of the code").select_option("linear")
    train(page)
    assert not page.evaluate("ready.isTheBooks()")
    expect(page.get_by_role("list", name="Lines")).not_to_contain_text("99 of 100")


def test_it_can_be_stopped_and_the_page_answers_meanwhile(opened, html):
    page = opened("train-here", html)
    page.get_by_role("slider", name="Epochs").press("End")
    page.get_by_role("slider", name="Code size").press("End")
    page.get_by_role("button", name="Train").click()
    page.wait_for_function("ready.found().length > 0")
    page.get_by_role("slider", name="Noise").press("ArrowRight")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".instrument-status")).to_contain_text("Stopped.")
    number = page.evaluate("ready.found().length")
    page.wait_for_timeout(500)
    assert page.evaluate("ready.found().length") == number < 30


def test_only_what_the_network_has_can_be_chosen(opened, html):
    page = opened("train-here", html)
    names = ("Layer of the code", "Layer of the output", "β", "Error and rate are")
    assert [page.get_by_label(name).is_disabled() for name in names] == [False, False, True, True]
    assert page.get_by_label("Clip the noisy images in training").is_disabled()
    page.get_by_label("Network").select_option("variational")
    assert [page.get_by_label(name).is_disabled() for name in names] == [True, True, False, False]
    page.get_by_role("slider", name="Noise").press("End")
    assert page.get_by_label("Clip the noisy images in training").is_enabled()


def test_means_in_place_of_sums_silence_the_code(opened, html):
    page = opened("train-here", html)
    page.get_by_label("Network").select_option("variational")
    page.get_by_role("slider", name="Learning rate").press("End")
    page.get_by_role("slider", name="Epochs").press("End")
    in_use = {}
    for reduce in ("sums", "means"):
        page.get_by_label("Error and rate are").select_option(reduce)
        in_use[reduce] = train(page)[-1]["active"]
        expect(page.locator(".instrument-status")).to_contain_text("units in use")
    assert in_use["sums"] > 0 == in_use["means"]


def test_errors_of_pca_are_those_of_its_reconstructions():
    spec = DataSpec(96, 32)
    found, x = errors_of_pca(spec), load(spec).validation.pixels.flatten(1).double().numpy()
    fitted = module.principal_components(spec)
    for k in (0, 1, 16, 128):
        assert found[k] == pytest.approx(((fitted.reconstruct(x, k) - x) ** 2).mean(), abs=1e-12)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(opened, html, width):
    page = opened("train-here", html, viewport={"width": width, "height": 800})
    train(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_and_in_print_there_is_a_picture(opened, html):
    still = opened("train-here", html, java_script_enabled=False).locator("img")
    assert still.is_visible() and "band" in still.get_attribute("alt")
    page = opened("train-here", html)
    page.emulate_media(media="print")
    assert page.locator("img").is_visible()
    assert not page.get_by_role("button", name="Train").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, html, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = opened("train-here", html, color_scheme=scheme)
    train(page)
    result = axe.Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"validation": torch.zeros(4, 1, 28, 28)}, "4 of them to validate"),
        ({"train": torch.zeros(2600, 1, 28, 28)}, "at most 2600"),
        ({"floor": [0.1]}, "PCA's error"),
        ({"train": torch.zeros(9, 784)}, "height, width"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    few = a_few()
    parts = {name: getattr(few, name) for name in ("train", "validation", "floor", "band")}
    with pytest.raises(ValueError, match=re.escape(message)):
        TrainHere(**parts | change)


@pytest.fixture(scope="module")
def ten_seeds() -> xr.DataArray:
    """The book's own short design as its record has it: 2,000 images, ten epochs, ten seeds."""
    spec = DataSpec(in_the_page.IMAGES, in_the_page.VALIDATION)
    model = model_spec(ShallowAutoencoder, code_size=in_the_page.CODE_SIZE)
    runs = [RunSpec(model, 10, seed, spec, batch_size=in_the_page.BATCH) for seed in range(10)]
    losses = [run.train("cpu").history["validation_loss"].numpy() for run in runs]
    return xr.DataArray(losses, dims=("seed", "epoch"))


def test_a_network_trained_in_the_page_ends_where_pytorchs_do(opened, ten_seeds):
    spec = DataSpec(in_the_page.IMAGES, in_the_page.VALIDATION)
    split = load(spec)
    band = in_the_page.expected(ten_seeds).assign_attrs(seeds=10, code_size=64, rate=1e-3)
    floor = errors_of_pca(spec).tolist()
    instrument = TrainHere(split.train.pixels, split.validation.pixels, floor, band)
    assert len(instrument.images()) < 2_000_000
    page = opened("train-here", instrument._repr_html_())
    for seed in (1, 2, 3):
        page.get_by_role("slider", name="Seed").press("Home")
        for _ in range(seed - 1):
            page.get_by_role("slider", name="Seed").press("ArrowRight")
        end = train(page, timeout=300_000)[-1]["validation"]
        assert page.evaluate("ready.isTheBooks()")
        assert band.low[-1] < end < band.high[-1], (seed, end)
