"""A figure's twin for dark pages: the same drawing, light on dark.

Lightness is turned over and hue kept, so that what was dark on white is as light on the page's
ground, and colours keep their names. A figure with a picture in it has no twin: a garment in
negative would be another garment.
"""

import re
from functools import cache

import numpy as np
from matplotlib.colors import to_hex, to_rgb
from skimage.color import lab2rgb, rgb2lab

from labcode.figures import style

GROUND = "#121212"  # the theme's, on dark pages
INK = "#ececec"
# Turned over, it would be the denoisers' green for eyes that see no blue.
BY_HAND = {style.LINEAR.color: "#4961a0"}
EASE = 0.9  # below 1, colours of middle lightness stand out more from the ground
# A page's theme can be another than the system's, which a `<source>` follows by itself.
FOLLOW = """{
  const page = document.documentElement;
  const follow = () => {
    for (const twin of document.querySelectorAll("source.in-dark")) {
      twin.media = page.dataset.theme === "dark" ? "screen" : "not all";
    }
  };
  new MutationObserver(follow).observe(page, { attributeFilter: ["data-theme"] });
  addEventListener("DOMContentLoaded", follow);
}"""
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
OPENING = re.compile(r"<svg\b")


def has_twin(svg: str) -> bool:
    """Whether a figure is drawn of lines, marks and text alone."""
    return "<image" not in svg


def in_dark(svg: str) -> str:
    """The twin of a figure.

    Parameters
    ----------
    svg : str
        As matplotlib writes it: each colour as six digits, text without a colour of its own.

    Returns
    -------
    str
    """
    recoloured = COLOUR.sub(lambda found: turned_over(found[0]), svg)
    return OPENING.sub(f'<svg fill="{turned_over("#000000")}"', recoloured, count=1)


@cache
def turned_over(colour: str) -> str:
    """A colour for the dark: black becomes `INK`, white `GROUND`, and hues stay.

    Parameters
    ----------
    colour : str
        `#` and six digits.

    Returns
    -------
    str
        Likewise. Where a screen has no such colour, a greyer one of that lightness.
    """
    if colour in BY_HAND:
        return BY_HAND[colour]
    ends = [rgb2lab(to_rgb(end))[0] for end in (INK, GROUND)]
    lightness, *hue = rgb2lab(to_rgb(colour))
    if max(map(abs, hue)) < 0.5:
        share = lightness / 100
        return to_hex((1 - share) * np.array(to_rgb(INK)) + share * np.array(to_rgb(GROUND)))
    now = ends[1] + (ends[0] - ends[1]) * (1 - lightness / 100) ** EASE
    for strength in np.linspace(1, 0, 21):
        wanted = np.array([now, *(strength * part for part in hue)])
        rgb = lab2rgb(wanted)
        if np.allclose(rgb2lab(rgb), wanted, atol=0.5):
            break
    return to_hex(np.clip(rgb, 0, 1))
