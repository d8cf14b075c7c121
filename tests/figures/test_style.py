"""The book's colours can be told apart by every reader, and seen on white."""

import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

from labcode.figures import style

LOOKS = {
    "PCA": style.PCA,
    "linear": style.LINEAR,
    "dense": style.DENSE,
    "deep": style.DEEP,
    "CNN": style.CNN,
    "denoising": style.DENOISING,
    "VAE": style.VAE,
    "mixture": style.MIXTURE,
}

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "full colour vision": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear_light(color: str) -> np.ndarray:
    srgb = np.array(to_rgb(color))
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def seen(color: str, vision: str) -> np.ndarray:
    light = np.clip(VISION[vision] @ linear_light(color), 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def contrast_with_white(color: str) -> float:
    """WCAG 2.2, definition of contrast ratio."""
    luminance = linear_light(color) @ [0.2126, 0.7152, 0.0722]
    return float(1.05 / (luminance + 0.05))


def difference(one: str, other: str, vision: str) -> float:
    lab = (rgb2lab(seen(color, vision)) for color in (one, other))
    return float(deltaE_ciede2000(*lab))


@pytest.mark.parametrize("vision", VISION)
def test_colours_differ_for_every_kind_of_colour_vision(vision: str) -> None:
    """A CIEDE2000 difference of 10 is several times what an eye just notices, about 2."""
    close = {
        (one, other): round(difference(LOOKS[one].color, LOOKS[other].color, vision), 1)
        for one, other in combinations(LOOKS, 2)
        if difference(LOOKS[one].color, LOOKS[other].color, vision) < 10
    }
    assert not close


def test_the_simulation_confuses_what_colour_blind_eyes_confuse() -> None:
    """Red and green of one brightness: far apart, but not under deuteranopia."""
    red, green = "#b35900", "#808000"
    assert difference(red, green, "full colour vision") > 2.5 * difference(
        red, green, "deuteranopia"
    )


@pytest.mark.parametrize("name", LOOKS)
def test_lines_and_marks_stand_out_on_white(name: str) -> None:
    """WCAG 2.2, 1.4.11: graphics need a contrast of 3 with what is next to them."""
    assert contrast_with_white(LOOKS[name].color) >= 3


def test_grey_text_is_readable_on_white() -> None:
    """WCAG 2.2, 1.4.3: text needs 4.5."""
    assert contrast_with_white(style.NEUTRAL) >= 4.5
    assert contrast_with_white("#767676") == pytest.approx(4.54, abs=0.01)  # WebAIM's checker


def test_no_look_relies_on_colour_alone() -> None:
    assert len({look.marker for look in LOOKS.values()}) == len(LOOKS)


def test_the_style_reaches_what_is_drawn_later() -> None:
    _, axes = style.subplots()
    (line,) = axes.plot([0, 1], label="a line")
    assert line.get_linewidth() == style.RC["lines.linewidth"]
    assert not axes.legend().get_frame_on()


DRAW = """
import sys
from labcode.figures import style
figure, axes = style.subplots()
axes.plot([0, 1], label="$x$")
axes.legend()
figure.savefig(sys.argv[1], metadata={"Date": None})
"""


def test_trial_the_readers_matplotlibrc_is_not_in_the_book(tmp_path) -> None:
    """Before: with a dark one, no figure was the same; `text.usetex` broke the build."""
    dark = (
        "axes.facecolor: black\ntext.usetex: True\nlines.linestyle: --\nfigure.facecolor: black\n"
    )
    drawn = []
    for name, content in (("plain", ""), ("dark", dark)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "matplotlibrc").write_text(content)
        environment = os.environ | {
            "MATPLOTLIBRC": str(tmp_path / name),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        file = tmp_path / f"{name}.svg"
        subprocess.run([sys.executable, "-c", DRAW, file], env=environment, check=True)
        drawn.append(file.read_bytes())
    assert drawn[0] == drawn[1]


def test_figures_have_the_width_of_the_book_and_are_closed() -> None:
    figure, _ = style.subplots(height=2.5)
    assert tuple(figure.get_size_inches()) == (style.WIDTH, 2.5)
    assert figure.number not in plt.get_fignums()  # type: ignore[attr-defined]


def test_images_are_dark_on_light_over_the_whole_pixel_range() -> None:
    _, axes = style.subplots()
    style.image(axes, np.full(784, 0.5), "half grey")
    (picture,) = axes.images
    assert picture.get_clim() == (0, 1)
    assert picture.cmap.name == "gray_r"
    assert len(axes.get_xticks()) == 0


@pytest.mark.parametrize("vision", VISION)
def test_shades_of_one_factor_differ_from_each_other_and_from_pca(vision: str) -> None:
    """A shade stands beside other shades and PCA; colour-blind eyes have the markers too."""
    shades = [shade.color for shade in style.graded(5)]
    assert min(difference(*pair, vision) for pair in combinations(shades, 2)) > 4
    assert min(difference(shade, style.PCA.color, vision) for shade in shades) > 10


def test_no_shade_is_a_models_colour() -> None:
    for shade in style.graded(5):
        assert contrast_with_white(shade.color) >= 3
        for look in LOOKS.values():
            assert difference(shade.color, look.color, "full colour vision") > 10


def test_there_are_five_shades() -> None:
    assert len({shade.marker for shade in style.graded(5)}) == 5
    with pytest.raises(ValueError, match="6 levels"):
        style.graded(6)


def test_colours_are_named_in_one_place() -> None:
    """A figure takes a model's colour from the style; of its own it has black and white only."""
    for file in Path(style.__file__).parent.glob("*.py"):
        if file.name != "style.py":
            assert not re.search(r"#[0-9a-fA-F]{6}|\"(C\d|tab:\w+)\"", file.read_text()), file.name
