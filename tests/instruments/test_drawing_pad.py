"""The pad in the explorer: mouse, finger and keys draw, and PyTorch's encoders see the same."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect
from torch import nn

from labcode.baselines.planes import Panel
from labcode.instruments import Explorer
from labcode.models import DeepAutoencoder, LinearAutoencoder
from labcode.models.variational import DenseVAE

CLASSES = ("trousers", "sandal", "bag")
GREYS = "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data]"


def models() -> dict[str, nn.Module]:
    torch.manual_seed(0)
    return {
        "PCA": LinearAutoencoder(2),
        "AE": DeepAutoencoder(2, hidden=(64, 64)),
        "VAE": DenseVAE(2, hidden=(64, 64)),
    }


EXAMPLES = torch.rand(3, 784, generator=torch.manual_seed(1)).mul(255).round() / 255


def explorer() -> Explorer:
    panels = [
        Panel(name, model.decoder, 4 * torch.randn(60, 2)) for name, model in models().items()
    ]
    encoders = [model.encoder for model in models().values()]
    return Explorer(panels, torch.arange(60) % 3, CLASSES, encoders, EXAMPLES)


@pytest.fixture(scope="module")
def html() -> str:
    return explorer()._repr_html_()


@pytest.fixture
def page(opened, html):
    return opened("latent-explorer", html)


def pad(page):
    canvas = page.locator(".instrument-pad-canvas")
    canvas.scroll_into_view_if_needed()
    return canvas


def drawn(page) -> np.ndarray:
    """Grey levels on the pad, from 0 to 1, row by row."""
    return np.array(pad(page).evaluate(GREYS)).reshape(28, 28, 4)[..., 0] / 255


def encoded(image: np.ndarray) -> list[np.ndarray]:
    with torch.no_grad():
        x = torch.from_numpy(image.reshape(1, 1, 28, 28)).float()
        return [model.encoder(x)[0].double().numpy() for model in models().values()]


def seen(page) -> list[list[float]]:
    return page.evaluate("ready.panels.map((panel) => panel.code)")


def inside(page, codes: list[np.ndarray]) -> list[np.ndarray]:
    """Codes as the planes show them: at the border where they lie beyond it."""
    views = page.evaluate("ready.panels.map((panel) => panel.panel.view)")
    return [
        np.clip(code[:2], [left, bottom], [right, top])
        for code, (left, right, bottom, top) in zip(codes, views, strict=True)
    ]


def test_encoders_are_pytorchs(page):
    images = torch.rand(5, 784, generator=torch.manual_seed(2)).double().numpy()
    found = page.evaluate(
        """async (images) => {
        const { encoders } = await ready.own.parts();
        return images.map((image) => encoders.map((encode) => [...encode(image)]));
    }""",
        images.tolist(),
    )
    for image, codes in zip(images, found, strict=True):
        for code, expected in zip(codes, encoded(image), strict=True):
            assert code == pytest.approx(expected, abs=1e-3)
            assert np.abs(expected).max() > 0.01


def test_a_test_image_is_encoded_and_the_posterior_is_an_ellipse(page):
    page.get_by_role("combobox", name="Begin with").select_option("sandal")
    expect(page.locator(".latent-explorer-posterior").last).to_be_visible()
    assert np.abs(drawn(page).ravel() - EXAMPLES[1].numpy()).max() < 1e-6
    codes = encoded(EXAMPLES[1].double().numpy())
    for found, expected in zip(seen(page), inside(page, codes), strict=True):
        assert found == pytest.approx(expected, abs=1e-3)
    left, right, _, top = page.evaluate("ready.panels[2].panel.view")
    plane = page.locator(".latent-explorer-plane").last.bounding_box()
    ring = page.locator(".latent-explorer-posterior").last.bounding_box()
    mean, std = codes[2][:2], np.exp(codes[2][2:] / 2)
    unit = (plane["width"] - 2) / (right - left)
    assert [ring["width"], ring["height"]] == pytest.approx(4 * std * unit, abs=1)
    middle = [ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2]
    across, down = (mean[0] - left) * unit, (top - mean[1]) * unit
    assert middle == pytest.approx([plane["x"] + 1 + across, plane["y"] + 1 + down], abs=1)
    point = page.locator(".latent-explorer-posterior").first.bounding_box()
    assert point["width"] < 8


def test_a_mouse_draws_what_is_encoded_and_erases_it(page):
    box = pad(page).bounding_box()
    at = [box["x"] + box["width"] / 4, box["y"] + box["height"] / 2]
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + box["width"] / 2, at[1], steps=4)
    page.mouse.up()
    image = drawn(page)
    assert image[13:15, 8:20].min() > 0.8, "a line from a quarter to three quarters"
    assert image[:10].max() == image[18:].max() == image[:, :4].max() == 0
    page.wait_for_function("!document.querySelector('.latent-explorer-posterior').hidden")
    for found, expected in zip(seen(page), inside(page, encoded(image)), strict=True):
        assert found == pytest.approx(expected, abs=0.02)
    page.get_by_label("Erase").check()
    page.mouse.click(box["x"] + box["width"] / 2, at[1])
    assert drawn(page)[13:15, 13:15].max() < 0.2 < drawn(page)[13, 8]
    page.get_by_role("button", name="Clear").click()
    assert drawn(page).max() == 0
    expected = inside(page, encoded(np.zeros(784)))
    assert np.allclose(seen(page), expected, atol=1e-3)


def test_a_finger_draws_and_does_not_move_the_page(opened, html):
    page = opened("latent-explorer", html, viewport={"width": 390, "height": 700}, has_touch=True)
    box, scrolled = pad(page).bounding_box(), page.evaluate("scrollY")
    x, y = box["x"] + box["width"] / 2, box["y"] + 0.8 * box["height"]
    finger = page.context.new_cdp_session(page)
    for kind, up in (("touchStart", 0), ("touchMove", 50), ("touchMove", 90), ("touchEnd", None)):
        points = [] if up is None else [{"x": x, "y": y - up}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_function("!document.querySelector('.latent-explorer-posterior').hidden")
    assert drawn(page)[10:22, 13:15].min() > 0.8
    assert page.evaluate("scrollY") == scrolled


def test_keys_draw_with_the_pen_down(page):
    canvas = pad(page)
    canvas.focus()
    assert canvas.evaluate("c => getComputedStyle(c).outlineStyle") == "solid"
    page.keyboard.press("ArrowUp")
    assert drawn(page).max() == 0, "the pen is up"
    page.keyboard.press("Space")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(canvas).to_have_accessible_name("Your image: pen down at column 20, row 14")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(canvas).to_have_accessible_name(re.compile("pen up at column 20, row 15"))
    image = drawn(page)
    assert image[12:14, 14:19].min() > 0.8 and image[17:].max() == 0
    expect(page.locator(".instrument-spoken")).to_contain_text(re.compile("PCA: .*VAE: .*nearest"))


def test_encoders_are_fetched_when_they_are_wanted(opened, html):
    apart = re.sub(r' data-later="[^"]*"', ' data-later-from="encoders.js"', html)
    page = opened("latent-explorer", apart)
    page.evaluate(
        """later => {
      const append = Element.prototype.append;
      Element.prototype.append = function (...nodes) {
        if (nodes[0]?.tagName !== "SCRIPT") return append.apply(this, nodes);
        window.asked = (window.asked ?? 0) + 1;
        if (later) this.dataset.later = later;
        nodes[0].dispatchEvent(new Event(window.asked > 1 ? "load" : "error"));
      };
    }""",
        explorer().encoding(),
    )
    begin = page.get_by_role("combobox", name="Begin with")
    page.evaluate("() => document.querySelector('.latent-explorer').removeAttribute('data-later')")
    begin.select_option("bag")
    expect(page.get_by_text("could not be fetched")).to_be_visible()
    begin.select_option("sandal")
    expect(page.locator(".latent-explorer-posterior").last).to_be_visible()
    expect(page.get_by_text("could not be fetched")).not_to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(opened, html, width):
    page = opened("latent-explorer", html, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, html, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = opened("latent-explorer", html, color_scheme=scheme)
    page.get_by_role("combobox", name="Begin with").select_option("bag")
    result = axe.Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize(
    ("encoders", "examples", "message"),
    [
        ([nn.Sequential(nn.Linear(784, 2))], EXAMPLES, "1 encoders for 3 panels"),
        ([nn.Sequential(nn.Linear(784, 2))] * 3, EXAMPLES[:2], r"shape \(2, 784\)"),
        ([nn.Sequential(nn.Linear(784, 3))] * 3, EXAMPLES, "from 784 numbers to 3"),
        ([nn.Sequential(nn.Linear(10, 4))] * 3, EXAMPLES, "from 10 numbers to 4"),
    ],
)
def test_what_does_not_fit_is_refused(encoders, examples, message):
    good = explorer()
    with pytest.raises(ValueError, match=message):
        Explorer(good.panels, good.labels, CLASSES, encoders, examples)
