"""Descend in Chromium: labcode's own trajectory and PCA's floor, and answers to hand and keys."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from labcode.instruments import descend as module
from labcode.instruments.descend import Descend, descend, descent
from labcode.scores.metrics import principal_angles
from labcode.theory import linear_autoencoder as theory
from labcode.theory import pca
from labcode.training.covariance import CovarianceRunSpec

CODE_SIZE = 4
SPECTRUM = tuple((20.0 / np.arange(1, 785) ** 1.3).tolist())
TRAINED = """([k, w1, w2, method, rate, decay, records]) => {
  ready.begin(k, w1, w2);
  const model = ready.model();
  return records.map((step) => {
    while (model.step < step) model.advance(method, rate, decay);
    return { loss: model.loss(), w1: [...model.w1], w2: [...model.w2],
      angle: model.angle(), values: model.singularValues() };
  });
}"""


def made() -> Descend:
    """Images whose covariance is diagonal, with a spectrum much like that of garments."""
    fitted = pca.PCA(np.full(784, 0.3), np.array(SPECTRUM), np.eye(784))
    return Descend(fitted, torch.rand(2, 784, generator=torch.manual_seed(0)), ("one", "two"))


@pytest.fixture(scope="module")
def made_html() -> str:
    return made()._repr_html_()


def trained_in_page(page, w1, w2, run: CovarianceRunSpec, records) -> list[dict]:
    """What the page has at some steps, from W1 (k, d) and W2 (d, k) along the components."""
    k = run.code_size
    start = w1.T.ravel().tolist(), w2.ravel().tolist()
    arguments = [k, *start, run.method, run.learning_rate, run.weight_decay, records]
    found = page.evaluate(TRAINED, arguments)
    for one in found:
        one["w1"] = np.reshape(one["w1"], (784, k)).T
        one["w2"] = np.reshape(one["w2"], (784, k))
    return found


@pytest.mark.parametrize(
    ("method", "rate", "decay", "start"),
    [
        ("SGD", 4.0, 0.0, "random"),
        ("SGD", 4.0, 1e-3, "saddle"),
        ("Adam", 0.01, 1e-4, "random"),
        ("ALS", 1.0, 0.0, "random"),
    ],
)
def test_it_takes_labcodes_path(opened, made_html, method, rate, decay, start):
    run = CovarianceRunSpec(
        CODE_SIZE,
        method,
        60,
        spectrum=SPECTRUM,
        learning_rate=rate,
        weight_decay=decay,
        start=start,
        records=6,
    )
    history = {name: values.numpy() for name, values in run.train().history.items()}
    page = opened("descend", made_html)
    steps = history["step"].tolist()
    found = trained_in_page(page, history["W1"][0], history["W2"][0], run, steps)
    for i, one in enumerate(found):
        assert one["loss"] == pytest.approx(history["loss"][i], rel=1e-10)
        assert np.abs(one["w1"] - history["W1"][i]).max() < 1e-8
        assert np.abs(one["w2"] - history["W2"][i]).max() < 1e-8


@pytest.mark.parametrize(("method", "rate"), [("SGD", 10.0), ("ALS", 1.0)])
def test_of_garments_it_takes_the_path_in_pixels(opened, fashion_mnist_pca, method, rate):
    """labcode trains in pixels, on the 60,000 images' covariance; the page along components."""
    run = CovarianceRunSpec(CODE_SIZE, method, 20, learning_rate=rate, records=4)
    history = {name: values.numpy() for name, values in run.train().history.items()}
    u = fashion_mnist_pca.components
    instrument = Descend(fashion_mnist_pca, torch.zeros(1, 784), ("black",))
    page = opened("descend", instrument._repr_html_())
    start = history["W1"][0] @ u, u.T @ history["W2"][0]
    found = trained_in_page(page, *start, run, history["step"].tolist())
    for i, one in enumerate(found):
        assert one["loss"] == pytest.approx(history["loss"][i], rel=1e-8)
        assert np.abs(one["w2"] - u.T @ history["W2"][i]).max() < 1e-6
        angle = principal_angles(history["W2"][i], u[:, :CODE_SIZE])[0]
        assert one["angle"] == pytest.approx(angle, abs=1e-7)


def test_it_ends_at_pcas_floor(opened, made_html):
    page = opened("descend", made_html)
    run = CovarianceRunSpec(CODE_SIZE, "ALS", 1, spectrum=SPECTRUM)
    weights = run.train().history
    (end,) = trained_in_page(page, weights["W1"][0].numpy(), weights["W2"][0].numpy(), run, [200])
    floor = sum(SPECTRUM[CODE_SIZE:]) / 784
    assert end["loss"] == pytest.approx(floor, rel=1e-12)
    assert page.evaluate("ready.model().floor") == pytest.approx(floor, rel=1e-12)
    assert end["angle"] < 1e-7
    assert end["values"] == pytest.approx([1] * CODE_SIZE, abs=1e-12)


def test_with_weight_decay_it_ends_where_the_theorem_says(opened, made_html):
    decay = 1e-2  # r = 3.92, between the third and the fourth eigenvalue
    page = opened("descend", made_html)
    run = CovarianceRunSpec(
        CODE_SIZE, "SGD", 1, spectrum=SPECTRUM, learning_rate=8.0, weight_decay=decay
    )
    weights = run.train().history
    (end,) = trained_in_page(page, weights["W1"][0].numpy(), weights["W2"][0].numpy(), run, [3000])
    predicted = theory.decayed_singular_values(SPECTRUM[:CODE_SIZE], decay, 784) ** 2
    assert predicted[0] > 0 == predicted[-1]
    assert end["values"] == pytest.approx(predicted, abs=1e-6)
    assert page.evaluate(f"ready.model().predicted({decay})") == pytest.approx(predicted, abs=1e-12)
    excess = page.evaluate("ready.model().loss() / ready.model().floor - 1")
    foretold = page.evaluate(f"ready.model().predictedExcess({decay})")
    assert excess == pytest.approx(foretold, rel=1e-4)


def test_angle_and_singular_values_of_any_weights(opened, made_html):
    page, draw = opened("descend", made_html), np.random.default_rng(0)
    w1, w2 = draw.normal(size=(5, 784)), draw.normal(size=(784, 5))
    w2[:5] += 20 * np.eye(5)
    run = CovarianceRunSpec(5, "SGD", 1, spectrum=SPECTRUM)
    (found,) = trained_in_page(page, w1, w2, run, [0])
    assert found["angle"] == pytest.approx(principal_angles(w2, np.eye(784)[:, :5])[0], abs=1e-12)
    assert found["values"] == pytest.approx(np.linalg.svd(w2 @ w1, compute_uv=False)[:5], rel=1e-10)
    assert found["loss"] == pytest.approx(theory.loss(w1, w2, np.diag(SPECTRUM)) / 784, rel=1e-12)


def test_the_picture_is_of_the_same_training():
    fitted, k = made().fitted, module.CODE_SIZE
    steps, excess, values = descent(fitted, steps=5, records=5)
    covariance = np.diag(fitted.eigenvalues)
    bound, draw = module.START_SCALE * np.sqrt(6 / (784 + k)), np.random.default_rng(0)
    w1, w2 = draw.uniform(-bound, bound, (k, 784)), draw.uniform(-bound, bound, (784, k))
    for step in range(1, 6):
        by_w1 = theory.encoder_gradient(w1, w2, covariance)
        by_w2 = theory.decoder_gradient(w1, w2, covariance)
        w1, w2 = w1 - module.RATE / 784 * by_w1, w2 - module.RATE / 784 * by_w2
        (at,) = np.flatnonzero(steps == step).tolist() or [None]
        if at is not None:
            above = theory.loss(w1, w2, covariance) / fitted.floor(k) - 1
            assert excess[at] == pytest.approx(above, rel=1e-10)
            assert values[at] == pytest.approx(np.linalg.svd(w2 @ w1)[1][:k], abs=1e-12)


def press(page, name: str, times: int = 1) -> None:
    for _ in range(times):
        page.get_by_role("button", name=name, exact=True).focus()
        page.keyboard.press("Enter")


def test_it_runs_pauses_and_starts_again_by_keys(opened, made_html):
    page = opened("descend", made_html)
    press(page, "Run")
    page.wait_for_function("ready.model().step > 60")
    press(page, "Pause")
    stopped = page.evaluate("ready.model().step")
    expect(page.locator(".instrument-status")).to_contain_text(f"Step {stopped}:")
    page.wait_for_timeout(200)
    assert page.evaluate("ready.model().step") == stopped
    press(page, "One step", 2)
    assert page.evaluate("ready.model().step") == stopped + 2
    expect(page.locator(".instrument-spoken")).to_contain_text(f"Step {stopped + 2}:")
    before = page.evaluate("[...ready.model().w1]")
    press(page, "Start again")
    assert page.evaluate("ready.model().step") == 0
    assert page.evaluate("[...ready.model().w1]") != before


def test_every_control_decides_what_it_names(opened, made_html):
    page = opened("descend", made_html)
    page.get_by_role("slider", name="Code size").press("ArrowRight")
    assert page.evaluate("ready.model().k") == module.CODE_SIZE + 1
    page.get_by_label("Start").select_option("saddle")
    assert page.evaluate("ready.records()[0].angle") > 80
    decay = page.get_by_role("slider", name="Weight decay")
    assert decay.get_attribute("aria-valuetext") == "none"
    decay.press("End")
    assert decay.get_attribute("aria-valuetext") == "0.10"
    before = np.array(page.evaluate("[...ready.model().w2]"))
    page.get_by_label("Optimiser").select_option("Adam")
    rate = page.get_by_role("slider", name="Learning rate")
    rate.press("Home")
    press(page, "One step")
    moved = np.abs(np.array(page.evaluate("[...ready.model().w2]")) - before)
    assert moved.max() == pytest.approx(1e-4, rel=1e-3), "Adam's first step is its rate"
    page.get_by_label("Optimiser").select_option("ALS")
    assert rate.is_disabled() and decay.is_disabled()


def test_beyond_the_limit_it_leaves_and_says_so(opened, made_html):
    page = opened("descend", made_html)
    page.get_by_label("Start").select_option("random")
    rate = page.get_by_role("slider", name="Learning rate")
    rate.press("End")
    expect(rate).to_have_attribute("aria-valuetext", re.compile("2.00 of the limit"))
    press(page, "Run")
    expect(page.locator(".instrument-status")).to_contain_text("left all bounds")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()


def test_pca_and_the_network_rebuild_the_garment_that_is_chosen(opened, made_html):
    page = opened("descend", made_html)
    instrument = made()
    page.get_by_role("combobox", name="Garment").select_option("two")
    page.get_by_label("Optimiser").select_option("ALS")
    page.evaluate("ready.advance(120)")
    press(page, "One step")
    shown = [
        np.array(canvas.evaluate("c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data]"))
        for canvas in page.locator(".instrument-garment").all()
    ]
    original, by_pca, rebuilt = (pixels.reshape(784, 4)[:, 0] for pixels in shown)
    image = instrument.images[1:].double().numpy()
    expected = instrument.fitted.reconstruct(image, module.CODE_SIZE, clip=True)[0]
    assert np.abs(original - 255 * image[0]).max() <= 1
    assert np.abs(by_pca - 255 * expected).max() <= 2
    assert np.abs(rebuilt - 255 * expected).max() <= 3


def test_with_reduced_motion_it_is_drawn_seldom(opened, made_html):
    page = opened("descend", made_html, reduced_motion="reduce")
    page.evaluate("""() => {
      window.drawn = 0;
      const status = document.querySelector(".instrument-status");
      new MutationObserver(() => drawn++).observe(status, { childList: true });
    }""")
    press(page, "Run")
    page.wait_for_timeout(1600)
    press(page, "Pause")
    assert 1 <= page.evaluate("drawn") <= 5
    assert page.evaluate("ready.records().length") > 5


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(opened, made_html, width):
    page = opened("descend", made_html, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_and_in_print_there_is_a_picture(opened, made_html):
    still = opened("descend", made_html, java_script_enabled=False).locator("img")
    assert still.is_visible() and "stairs" in still.get_attribute("alt")
    page = opened("descend", made_html)
    assert not page.locator("img").is_visible()
    page.emulate_media(media="print")
    assert page.locator("img").is_visible()
    assert not page.get_by_role("button", name="Run").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, made_html, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = opened("descend", made_html, color_scheme=scheme)
    assert page.locator(".instrument-dark").count() == (scheme == "dark")
    result = axe.Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize(
    ("images", "names", "message"),
    [
        (torch.zeros(1, 12), ("one",), "28 x 28"),
        (torch.zeros(2, 784), ("one",), "1 names for 2 images"),
        (torch.zeros(0, 784), (), "."),
    ],
)
def test_what_does_not_fit_is_refused(images, names, message):
    with pytest.raises(ValueError, match=message):
        Descend(made().fitted, images, names)


def test_it_is_light_enough():
    assert len(descend().payload()) < 300_000
