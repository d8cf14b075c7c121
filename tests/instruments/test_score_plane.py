"""Noise in the plane in Chromium: labcode's scores and labcode's paths, and answers to a hand."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect
from torch import nn

from labcode.data import THREE_CLUSTERS
from labcode.instruments import score_plane as module
from labcode.instruments.score_plane import ScorePlane, fields
from labcode.models.denoiser import AnyNoiseDenoiser
from labcode.scores import plane
from labcode.theory.mixtures import GaussianMixture

STRENGTHS = (0.02, 0.5, 5.0)
DENOISED = "([name, points, s]) => ready.fields[name](points, s)"
WALKED = """([points, numbers, steps]) => {
  let at = 0;
  ready.begin(points, () => numbers[at++]);
  return Array.from({ length: steps }, () => {
    ready.advance();
    return ready.walkers();
  });
}"""


def network() -> AnyNoiseDenoiser:
    """One that nobody trained; its steps are as long as those of one that somebody did."""
    torch.manual_seed(0)
    made = AnyNoiseDenoiser()
    for layer in made.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.bias, std=0.3)
    return made.eval()


def points(n: int = 50) -> np.ndarray:
    return np.random.default_rng(0).uniform(-module.SIDE, module.SIDE, (n, 2))


def denoised(y: np.ndarray, s: float) -> np.ndarray:
    with torch.no_grad():
        r = network().denoise(torch.from_numpy(y).float(), torch.full((len(y), 1), s))
    return r.double().numpy()


@pytest.fixture(scope="module")
def html() -> str:
    return ScorePlane(THREE_CLUSTERS, network())._repr_html_()


@pytest.fixture
def page(opened, html):
    return opened("score-plane", html)


def choose(page, **options: str) -> None:
    for name, option in options.items():
        page.get_by_role("combobox", name=name.replace("_", " ")).select_option(option)


@pytest.mark.parametrize("s", (0.0, *STRENGTHS))
def test_density_score_and_shares_are_labcodes(page, s):
    y = points()
    found = page.evaluate("([y, s]) => y.map(ready.fields.mixture.noisy(s))", [y.tolist(), s])
    score = np.array([one["score"] for one in found])
    assert np.abs(score - THREE_CLUSTERS.score(y, s)).max() < 1e-9 * max(1, np.abs(score).max())
    heights = [one["logDensity"] for one in found]
    assert heights == pytest.approx(THREE_CLUSTERS.log_density(y, s), rel=1e-12)
    terms = np.exp(THREE_CLUSTERS._log_terms(y, s))
    shares = np.array([one["shares"] for one in found])
    assert shares == pytest.approx((terms / terms.sum(0)).T, abs=1e-9)


@pytest.mark.parametrize("s", STRENGTHS)
def test_the_learned_denoiser_is_pytorchs(page, s):
    y = points()
    found = np.array(page.evaluate(DENOISED, ["learned", y.tolist(), s]))
    assert np.abs(found - denoised(y, s)).max() < 1e-4 * s
    assert np.abs(found - y).max() > 0.1 * s


@pytest.mark.parametrize("s", STRENGTHS)
def test_arrows_and_their_error_are_those_of_the_grid(page, s):
    table = fields(THREE_CLUSTERS, network(), (s,), module.ACROSS).sel(strength=s)
    found = page.evaluate("s => ready.fields.at(s)", s)
    assert page.evaluate("ready.fields.places") == pytest.approx(table.position.values)
    assert np.abs(found["exact"] - table.exact.values).max() < 1e-9
    assert np.abs(found["learned"] - table.learned.values).max() < 1e-4 * max(s, 1)
    assert found["common"] == table.common.values.tolist()
    miss = table.learned - table.exact
    for name, here in (("error", table.common.values), ("everywhere", slice(None))):
        exact = np.linalg.norm(table.exact.values[here])
        assert found[name] == pytest.approx(np.linalg.norm(miss.values[here]) / exact, rel=1e-3)


def test_a_contour_is_where_the_density_has_its_height(page):
    ends = np.reshape(page.evaluate("ready.fields.at(0.5).contours"), (-1, 2))
    side = np.linspace(-module.SIDE, module.SIDE, 201)
    peak = THREE_CLUSTERS.log_density(np.stack(np.meshgrid(side, side), -1).reshape(-1, 2), 0.5)
    parts = np.exp(THREE_CLUSTERS.log_density(ends, 0.5) - peak.max())
    off = np.abs(parts[:, None] / [0.5, 0.1, 0.01] - 1)
    assert off.min(1).max() < 0.05
    assert set(off.argmin(1)) == {0, 1, 2}


def test_gradient_ascent_denoises_again_and_again(page):
    choose(page, It_follows="exact")
    y = points(4)
    for found in page.evaluate(WALKED, [y.tolist(), [], 20]):
        y = THREE_CLUSTERS.posterior_mean(y, module.NOISE)
        assert np.abs(found - y).max() < 1e-9


def test_langevins_steps_are_drift_and_noise(page):
    choose(page, Walk="langevin", It_follows="exact")
    y, steps = points(3), 20
    noise = np.random.default_rng(1).normal(size=(steps, 3, 2))
    size = module.LANGEVIN * module.NOISE**2
    walked = page.evaluate(WALKED, [y.tolist(), noise.ravel().tolist(), steps])
    for found, n in zip(walked, noise, strict=True):
        y = y + size * THREE_CLUSTERS.score(y, module.NOISE) + np.sqrt(2 * size) * n
        assert np.abs(found - y).max() < 1e-9


def test_from_noise_to_data_is_the_books_sampler(page):
    choose(page, Walk="flow")
    torch.manual_seed(0)
    start = network().high * torch.randn(5, 2)
    torch.manual_seed(0)
    with torch.no_grad():
        expected = plane.descend(network(), 5).numpy()
    walked = page.evaluate(WALKED, [start.tolist(), [], module.STEPS])
    assert np.abs(walked[-1] - expected).max() < 1e-3
    assert page.evaluate("ready.state().done") and page.evaluate("ready.state().level") == 0


def test_the_exact_flow_ends_in_clusters_of_the_right_weights(page):
    choose(page, Walk="flow", It_follows="exact")
    page.get_by_role("slider", name="Walkers").press("End")
    page.evaluate("() => { while (!ready.state().done) ready.advance(); }")
    shares = np.array(page.evaluate("ready.shares()"))
    assert shares.sum() == pytest.approx(1)
    assert np.abs(shares - THREE_CLUSTERS.weights).max() < 0.1
    ends = np.array(page.evaluate("ready.walkers()"))
    assert THREE_CLUSTERS.log_density(ends, 0.0).mean() == pytest.approx(
        THREE_CLUSTERS.log_density(plane.sample(THREE_CLUSTERS, 5000, 0).numpy(), 0.0).mean(),
        abs=0.2,
    )


def state(page) -> dict:
    return page.evaluate("ready.state()")


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


def test_a_click_starts_a_walk_there(page):
    choose(page, Walk="langevin")
    canvas = page.locator(".score-plane-canvas")
    box = canvas.bounding_box()
    canvas.click(position={"x": 0.75 * box["width"], "y": 0.25 * box["height"]})
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    assert state(page)["from"] == pytest.approx([2, 2], abs=0.05)
    page.wait_for_function("ready.state().step > 2")
    press(page, "Pause")
    stopped = state(page)["step"]
    expect(page.locator(".instrument-status")).to_contain_text(f"tep {stopped}, noise 0.50.")
    page.wait_for_timeout(300)
    assert state(page)["step"] == stopped


def test_keys_move_the_start_and_start_a_walk(page):
    choose(page, Walk="langevin")
    canvas = page.get_by_role("application")
    canvas.focus()
    before = state(page)["from"]
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowUp"):
        page.keyboard.press(key)
    moved = np.subtract(state(page)["from"], before)
    assert moved == pytest.approx([0.1, 1.1])
    for _ in range(12):
        page.keyboard.press("Shift+ArrowLeft")
    assert state(page)["from"][0] == -module.SIDE
    assert page.evaluate("ready.walkers()[0]") == state(page)["from"]
    expect(canvas).to_have_accessible_name(re.compile("^Start of the walk at −4.0, "))
    page.keyboard.press("Enter")
    page.wait_for_function("ready.state().step > 1")
    expect(page.locator(".instrument-spoken")).to_contain_text("Walking.")


def test_step_by_step_from_strong_noise_to_none(page):
    choose(page, Walk="flow")
    noise = page.get_by_role("slider", name="Noise s")
    expect(noise).to_have_attribute("aria-valuetext", "5.0")
    assert noise.is_disabled()
    press(page, "One step")
    press(page, "One step")
    expect(noise).to_have_attribute("aria-valuetext", "3.8")
    expect(page.locator(".instrument-spoken")).to_contain_text("Step 2, noise 3.8.")
    page.evaluate("() => { while (!ready.state().done) ready.advance(); }")
    press(page, "One step")
    assert state(page)["step"] == module.STEPS
    expect(page.locator(".instrument-status")).to_contain_text(f"Done at step {module.STEPS}")
    choose(page, Walk="ascent")
    expect(noise).to_have_attribute("aria-valuetext", "0.50")
    assert noise.is_enabled()


def test_every_control_decides_what_it_names(page):
    noise = page.get_by_role("slider", name="Noise s")
    noise.press("End")
    assert state(page)["level"] == pytest.approx(5)
    count = page.get_by_role("slider", name="Walkers")
    count.press("ArrowRight")
    assert page.evaluate("ready.walkers().length") == 101
    learned = page.evaluate(WALKED, [[[1, 1]], [], 1])
    choose(page, It_follows="exact")
    assert page.evaluate(WALKED, [[[1, 1]], [], 1]) != learned
    looks = [pixels(page)]
    for arrows in ("exact", "learned"):
        choose(page, Arrows=arrows)
        looks.append(pixels(page))
    assert len(set(looks)) == 3
    before = page.evaluate("ready.walkers()")
    press(page, "Start again")
    assert page.evaluate("ready.walkers()[0]") == state(page)["from"]
    assert page.evaluate("ready.walkers()") != before


def pixels(page) -> str:
    return page.locator(".score-plane-canvas").evaluate("canvas => canvas.toDataURL()")


def test_an_ascent_goes_on_where_the_noise_is_changed(page):
    choose(page, It_follows="exact")
    page.evaluate("() => { while (!ready.state().done) ready.advance(); }")
    here = page.evaluate("ready.walkers()")
    page.get_by_role("slider", name="Noise s").press("Home")
    assert page.evaluate("ready.walkers()") == here
    assert not state(page)["done"]


def test_with_reduced_motion_it_is_drawn_seldom(opened, html):
    page = opened("score-plane", html, reduced_motion="reduce")
    choose(page, Walk="langevin")
    page.evaluate("""() => {
      window.drawn = 0;
      const status = document.querySelector(".instrument-status");
      new MutationObserver(() => drawn++).observe(status, { childList: true });
    }""")
    press(page, "Run")
    page.wait_for_timeout(1600)
    assert 1 <= page.evaluate("drawn") <= 5
    press(page, "Pause")
    expect(page.locator(".instrument-status")).to_contain_text(f"Step {state(page)['step']},")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(opened, html, width):
    page = opened("score-plane", html, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".score-plane-canvas").bounding_box()["width"] > 250


def test_without_scripts_and_in_print_there_is_a_picture(opened, html):
    still = opened("score-plane", html, java_script_enabled=False).locator("img")
    assert still.is_visible() and "three clusters" in still.get_attribute("alt")
    page = opened("score-plane", html)
    assert not page.locator("img").is_visible()
    page.emulate_media(media="print")
    assert page.locator("img").is_visible()
    assert not page.get_by_role("button", name="Run").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, html, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = opened("score-plane", html, color_scheme=scheme)
    assert page.locator(".instrument-dark").count() == (scheme == "dark")
    result = axe.Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize(
    ("means", "covariances", "message"),
    [
        (np.zeros((1, 3)), np.eye(3)[None], "3 numbers: give 2 each"),
        (np.zeros((1, 2)), np.diag([1.0, 0.0])[None], "no density"),
    ],
)
def test_what_does_not_fit_is_refused(means, covariances, message):
    with pytest.raises(ValueError, match=message):
        ScorePlane(GaussianMixture(np.ones(1), means, covariances), network())


def test_it_is_light_enough():
    assert len(ScorePlane(THREE_CLUSTERS, network()).payload()) < 20_000
