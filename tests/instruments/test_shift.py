"""Shift, shuffle, draw in Chromium: PyTorch's images and errors, answers to hand and keys."""

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from labcode import data
from labcode.experiments.dense_versus_cnn.in_the_page import CNN_SHUFFLED, NETWORKS
from labcode.instruments.shift import CNN, DENSE, PCA, Shift
from labcode.models import DeepAutoencoder
from labcode.models.conv import DeepConvAutoencoder
from labcode.scores.damage import shifted
from labcode.theory import pca

ORDER = data.pixel_permutation(0)
DRAWN = "async () => { await ready.moveTo([0, 0]); return [...ready.found().x]; }"


def made() -> Shift:
    torch.manual_seed(0)
    networks = {name: DeepConvAutoencoder(64) for name in NETWORKS} | {
        DENSE: DeepAutoencoder(64, hidden=(57, 57, 57))
    }
    with torch.no_grad():
        for network in networks.values():
            for parameter in network.parameters():
                parameter.mul_(1.5).add_(0.02 * torch.randn_like(parameter))
    images = torch.zeros(2, 1, 28, 28)
    images[:, :, 6:22, 8:20] = torch.rand(2, 1, 16, 12)
    axes = np.linalg.qr(np.random.default_rng(0).normal(size=(784, 784)))[0]
    fitted = pca.PCA(np.full(784, 0.3), np.linspace(2, 0, 784), axes)
    return Shift(networks, fitted, ORDER, images, ("one", "two"))


SHOWN = made()


@pytest.fixture(scope="module")
def made_html() -> str:
    return SHOWN._repr_html_()


@torch.no_grad()
def expected(name: str, x: torch.Tensor, shuffle: bool) -> torch.Tensor:
    """By the networks themselves, and by PCA's projection."""
    flat = x.flatten(1)
    if name == PCA:
        axes, mean = torch.from_numpy(SHOWN.fitted.components[:, :64]), 0.3
        return ((flat.double() - mean) @ axes @ axes.T + mean).clamp(0, 1)
    if name == CNN and shuffle:
        rebuilt = SHOWN.networks[CNN_SHUFFLED](flat[:, ORDER].view_as(x)).flatten(1)
        return rebuilt[:, ORDER.argsort()]
    return SHOWN.networks[name](x).flatten(1)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("place", [(0, 0), (4, 0), (-3, 2)])
def test_the_page_rebuilds_as_pytorch_does(opened, made_html, place, shuffle):
    page = opened("shift", made_html)
    expect(page.locator(".instrument-status")).to_contain_text("the networks are fetched then")
    page.get_by_label("Shuffle the pixels").set_checked(shuffle)
    page.evaluate("(place) => ready.moveTo(place)", list(place))
    found = page.evaluate(
        "() => { const { x, pictures } = ready.found();"
        " return [[...x], pictures.map((each) => [...each]), ready.errors()]; }"
    )
    x = shifted(SHOWN.images[:1], *place)
    exact = (255 * x).round() / 255
    np.testing.assert_allclose(found[0], exact.flatten(), atol=1e-6)
    for picture, error, name in zip(found[1], found[2], (PCA, DENSE, CNN), strict=True):
        right = expected(name, exact, shuffle)[0].numpy()
        np.testing.assert_allclose(picture, right, atol=1e-3)
        assert error == pytest.approx(((right - exact.flatten().numpy()) ** 2).mean(), rel=1e-3)
    by_python = SHOWN.rebuild(DENSE, exact).flatten()
    np.testing.assert_allclose(by_python, expected(DENSE, exact, False)[0], atol=1e-6)


def test_arrow_keys_and_buttons_move_it(opened, made_html):
    page = opened("shift", made_html)
    status = page.locator(".instrument-status")
    page.get_by_role("button", name="Back in place").click()
    expect(status).to_have_text(
        "In place, pixels in order. Errors: "
        + ", ".join(f"{name} {error:.4f}" for name, error in first_errors().items())
        + "."
    )
    page.get_by_role("application", name="The image.").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(status).to_contain_text("Moved by 4 to the right and −1 down")
    page.get_by_role("button", name="Move left").click()
    expect(status).to_contain_text("Moved by 3 to the right and −1 down")
    page.get_by_role("button", name="Back in place").click()
    expect(status).to_contain_text("In place")
    page.get_by_label("Shuffle the pixels").check()
    expect(status).to_contain_text("pixels shuffled")
    expect(page.get_by_role("img", name="The image with shuffled pixels")).to_be_visible()


@torch.no_grad()
def first_errors() -> dict[str, float]:
    x = (255 * SHOWN.images[:1]).round() / 255
    return {
        name: float((expected(name, x, False) - x.flatten(1)).square().mean())
        for name in (PCA, DENSE, CNN)
    }


@pytest.mark.parametrize("hand", ["mouse", "finger", "keys"])
def test_a_drawing_is_rebuilt(opened, made_html, hand):
    touch = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
    page = opened("shift", made_html, **(touch if hand == "finger" else {}))
    page.get_by_label("Garment").select_option("your own drawing")
    assert not any(page.evaluate(DRAWN))
    pad = page.get_by_role("application", name="Drawing pad")
    pad.scroll_into_view_if_needed()
    if hand == "keys":
        pad.focus()
        page.keyboard.press(" ")
        for _ in range(5):
            page.keyboard.press("ArrowRight")
    else:
        box = pad.bounding_box()
        across = [
            (box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
            for share in (0.5, 0.6, 0.7)
        ]
        if hand == "mouse":
            page.mouse.move(*across[0])
            page.mouse.down()
            for point in across:
                page.mouse.move(*point)
            page.mouse.up()
        else:
            page.touchscreen.tap(*across[0])
    ink = np.reshape(page.evaluate(DRAWN), (28, 28))
    assert ink.max() == 1
    assert ink[13:15, 13:16].sum() > 3 and ink[:10].sum() == 0
    if hand != "finger":
        assert ink[13:15, 17:19].max() == 1  # where the pen went
    page.get_by_role("button", name="Clear").click()
    assert not any(page.evaluate(DRAWN))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(opened, made_html, scheme):
    page = opened("shift", made_html, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page.get_by_label("Shuffle the pixels").check()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_function(
        "document.querySelector('.instrument-plot').ariaLabel.includes('moved by 4')"
    )


def test_without_scripts_the_picture_stays(opened, made_html):
    page = opened("shift", made_html, java_script_enabled=False)
    expect(page.locator(".instrument-still img")).to_be_visible()
    expect(page.locator(".instrument-live")).to_have_count(0)


def test_what_does_not_fit_is_refused():
    whole = {
        "networks": SHOWN.networks,
        "fitted": SHOWN.fitted,
        "order": ORDER,
        "images": SHOWN.images,
        "names": SHOWN.names,
    }
    for change, message in (
        ({"networks": {DENSE: SHOWN.networks[DENSE]}}, "the networks are dense; give those named"),
        ({"names": ("one",)}, "1 names for 2 images"),
        ({"order": ORDER.clone().fill_(3)}, "each of the 784 pixels once"),
        ({"images": torch.rand(2, 1, 8, 8)}, "28 x 28"),
    ):
        with pytest.raises(ValueError, match=message):
            Shift(**{**whole, **change})
