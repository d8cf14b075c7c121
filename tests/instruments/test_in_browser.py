"""The explorer in Chromium: equal to PyTorch, moved by mouse, finger and keys, accessible."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from labcode.baselines.planes import Panel
from labcode.instruments import Explorer
from labcode.models import DeepAutoencoder, LinearAutoencoder

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to run pages in")

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CLASSES = ("trousers", "sandal", "bag")
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Explorer</title>
<meta name="viewport" content="width=device-width"><style>:root {{color-scheme: light dark}}</style>
<script>addEventListener("latent-explorer-ready", (e) => (window.ready ??= []).push(e.detail), true)
</script></head><body><main><h1>Two explorers</h1>{0}<p>Between.</p>{0}</main></body></html>"""


def panels() -> list[Panel]:
    torch.manual_seed(0)
    saturating = nn.Sequential(nn.Linear(2, 20), nn.Tanh(), nn.Linear(20, 784), nn.Sigmoid())
    decoders = {
        "PCA": LinearAutoencoder(2).decoder,
        "AE": DeepAutoencoder(2, hidden=(64, 64)).decoder,
        "VAE": saturating,
    }
    return [Panel(name, decoder, 4 * torch.randn(200, 2)) for name, decoder in decoders.items()]


PANELS = panels()
LABELS = torch.arange(200) % 3


@pytest.fixture(scope="module")
def page_file(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("explorer") / "page.html"
    widget = Explorer(PANELS, LABELS, CLASSES)
    file.write_text(PAGE.format(widget._repr_html_()), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def open_page(browser, page_file):
    """Open the page in a fresh context; at the end, no error and no request may have occurred."""
    contexts, complaints = [], []

    def opened(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", "data:")) or complaints.append(request.url)
            ),
        )
        page.goto(page_file.as_uri())
        if options.get("java_script_enabled", True):
            page.wait_for_function("window.ready?.length === 2")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def image(page, which: int) -> np.ndarray:
    """The grey levels that a panel shows, 0 to 255."""
    shown = page.locator(".latent-explorer-image").nth(which)
    return np.array(
        shown.evaluate("c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data]")
    ).reshape(28, 28, 4)[..., 0]


def drawn_by_torch(panel: Panel, code) -> np.ndarray:
    with torch.no_grad():
        pixels = panel.decoder(torch.tensor([code], dtype=torch.float32)).reshape(28, 28)
    return 255 * pixels.clamp(0, 1).numpy()


def code(page, which: int) -> list[float]:
    return page.evaluate(f"ready[{which // 3}].panels[{which % 3}].code")


@pytest.mark.parametrize("which", range(3))
def test_output_equals_pytorch(open_page, which):
    panel = PANELS[which]
    left, right, bottom, top = panel.view
    corner, size = torch.tensor([left, bottom]), torch.tensor([right - left, top - bottom])
    codes = torch.cat([panel.codes, corner + size * torch.rand(200, 2)])
    found = open_page().evaluate(
        f"codes => codes.map((code) => [...ready[0].panels[{which}].panel.decode(code)])",
        codes.tolist(),
    )
    with torch.no_grad():
        expected = panel.decoder(codes).flatten(1).numpy()
    assert np.abs(np.array(found) - expected).max() < 1e-3


@pytest.mark.parametrize("which", range(3))
def test_the_pointer_moves_marker_and_image(open_page, which):
    page = open_page()
    box = page.locator(".latent-explorer-plane").nth(which).bounding_box()
    left, right, bottom, top = PANELS[which].view
    for x, y in ((0.25, 0.75), (0.8, 0.3)):
        before = image(page, which)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_function(
            "([k, x]) => Math.abs(ready[0].panels[k].code[0] - x) < 0.2",
            arg=[which, left + x * (right - left)],
        )
        here = code(page, which)
        assert here[1] == pytest.approx(top - y * (top - bottom), abs=0.2)
        assert np.abs(image(page, which) - drawn_by_torch(PANELS[which], here)).max() < 1
        assert np.any(image(page, which) != before)
    first = PANELS[which].codes[0].tolist()
    assert code(page, which + 3) == pytest.approx(first, abs=1e-3), "the second must not move"


def test_a_finger_moves_the_image(open_page):
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    plane = page.locator(".latent-explorer-plane").nth(1)
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    before = image(page, 1)
    page.touchscreen.tap(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"])
    page.wait_for_function("ready[0].panels[1].frames > 1")
    assert np.any(image(page, 1) != before)
    assert np.abs(image(page, 1) - drawn_by_torch(PANELS[1], code(page, 1))).max() < 1


def test_a_dragging_finger_moves_the_image_and_not_the_page(open_page):
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    plane = page.locator(".latent-explorer-plane").nth(1)
    plane.scroll_into_view_if_needed()
    box, scrolled = plane.bounding_box(), page.evaluate("scrollY")
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"]
    finger = page.context.new_cdp_session(page)
    for kind, up in (("touchStart", 0), ("touchMove", 40), ("touchMove", 80), ("touchEnd", None)):
        points = [] if up is None else [{"x": x, "y": y - up}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    _, _, bottom, top = PANELS[1].view
    expected = top - (0.8 - 80 / box["height"]) * (top - bottom)
    page.wait_for_function("y => Math.abs(ready[0].panels[1].code[1] - y) < 0.2", arg=expected)
    assert np.abs(image(page, 1) - drawn_by_torch(PANELS[1], code(page, 1))).max() < 1
    assert page.evaluate("scrollY") == scrolled


def test_arrow_keys_move_and_shift_makes_steps_larger(open_page):
    page = open_page()
    plane = page.locator(".latent-explorer-plane").nth(1)
    plane.focus()
    left, right, _, _ = PANELS[1].view
    step = (right - left) / 100
    x, y = code(page, 1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    assert code(page, 1) == pytest.approx([x - 9 * step, y + step])
    assert np.abs(image(page, 1) - drawn_by_torch(PANELS[1], code(page, 1))).max() < 1
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    assert code(page, 1) == pytest.approx([x + step, y])
    outline = plane.evaluate("p => getComputedStyle(p).outlineStyle")
    assert outline == "solid"


def test_other_planes_follow_to_the_nearest_image(open_page):
    page = open_page()
    page.locator(".latent-explorer-plane").nth(0).focus()
    page.keyboard.press("Shift+ArrowRight")
    distance = (PANELS[0].codes - torch.tensor(code(page, 0))).norm(dim=1)
    nearest = int(distance.argmin())
    for which in (1, 2):
        left, right, bottom, top = PANELS[which].view
        seen = (
            PANELS[which]
            .codes[nearest]
            .clamp(torch.tensor([left, bottom]), torch.tensor([right, top]))
        )
        assert code(page, which) == pytest.approx(seen.tolist(), abs=1e-3)
    page.locator(".latent-explorer-follow input").first.uncheck()
    stays = code(page, 1)
    page.locator(".latent-explorer-plane").nth(0).focus()
    page.keyboard.press("Shift+ArrowLeft")
    assert code(page, 1) == stays


def test_a_screen_reader_is_told_position_and_class(open_page):
    page = open_page()
    plane = page.get_by_role("application", name="VAE: latent plane").first
    plane.focus()
    page.keyboard.press("ArrowRight")
    spoken = page.locator(".instrument-spoken").first
    assert spoken.get_attribute("aria-live") == "polite"
    sync_api.expect(spoken).to_contain_text("VAE: ")
    nearest = (PANELS[2].codes - torch.tensor(code(page, 2))).norm(dim=1).argmin()
    sync_api.expect(spoken).to_contain_text(f"nearest class {CLASSES[int(nearest) % 3]}")


def test_a_class_alone_is_drawn_in_colour(open_page):
    page = open_page()
    count = """c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 0; i < d.length; i += 4)
            n += d[i + 3] > 150 && Math.max(d[i], d[i + 1], d[i + 2])
                - Math.min(d[i], d[i + 1], d[i + 2]) > 60;
        return n; }"""
    points = page.locator(".latent-explorer-points").first
    everything = points.evaluate(count)
    button = page.get_by_role("button", name="sandal").first
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert 0 < points.evaluate(count) < 0.7 * everything
    button.click()
    assert points.evaluate(count) == everything


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(open_page, width):
    page = open_page(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_and_in_print_there_is_a_still_image(open_page):
    still = open_page(java_script_enabled=False).locator(".instrument-still img").first
    assert still.is_visible()
    page = open_page()
    still = page.locator(".instrument-still img").first
    assert not still.is_visible()
    page.emulate_media(media="print")
    assert still.is_visible()
    assert not page.locator(".latent-explorer-plane").first.is_visible()


def test_it_starts_where_scripts_are_run_after_insertion(open_page):
    """As JupyterLab does: the HTML goes into an element, then each script is made anew."""
    page = open_page()
    page.evaluate(
        """() => {
        const parsed = new DOMParser().parseFromString(
            SOURCE, "text/html");
        const host = document.createElement("div");
        host.innerHTML = parsed.querySelector(".latent-explorer").outerHTML;
        for (const script of host.querySelectorAll("script")) {
            const made = document.createElement("script");
            made.textContent = script.textContent;
            script.replaceWith(made);
        }
        document.body.append(host);
    }""".replace("SOURCE", json.dumps(Explorer(PANELS, LABELS, CLASSES)._repr_html_()))
    )
    page.wait_for_function("window.ready?.length === 3")
    assert page.locator(".latent-explorer-plane").count() == 9


def test_no_global_name_is_left_behind(open_page):
    page = open_page()
    names = (
        "Object.keys(window).filter((n) => !(n in f)).filter((n) => !['ready', '0'].includes(n))"
    )
    assert (
        page.evaluate(
            """() => { const frame = document.createElement('iframe');
            document.body.append(frame); const f = frame.contentWindow;
            return NAMES; }""".replace("NAMES", names)
        )
        == []
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = open_page(color_scheme=scheme)
    assert page.locator(".instrument-dark").count() == (2 if scheme == "dark" else 0)
    result = axe.Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
