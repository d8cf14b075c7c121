"""One style for every figure of the book: sizes, and colours that keep one meaning.

The colours start from those of Okabe and Ito (2008), made darker where they were faint on white.
Colour-blind readers can tell them apart; markers and dashes say the same again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.core.getipython import get_ipython
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib_inline.backend_inline import set_matplotlib_formats
from torch import Tensor

WIDTH = 5.8

RC: dict[Any, Any] = {
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "lines.linewidth": 1.8,
    "lines.markersize": 6,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "svg.hashsalt": "labcode",
    "image.interpolation": "none",
    "image.cmap": "gray_r",
}


@dataclass(frozen=True)
class Look:
    """How one kind of model is drawn, everywhere."""

    color: str
    marker: str
    dashes: str | tuple[int, tuple[int, ...]] = "-"

    def line(self) -> dict[str, Any]:
        """Keyword arguments for `Axes.plot`."""
        return {"color": self.color, "marker": self.marker, "linestyle": self.dashes}


PCA = Look("#000000", "s", "--")
LINEAR = Look("#2f9fd0", "v")
DENSE = Look("#0069a8", "o")
DEEP = Look("#003a5c", "D")
CNN = Look("#d55e00", "^")
DENOISING = Look("#008f68", "P")
VAE = Look("#995477", "X")
MIXTURE = Look("#5c4033", "d", "-.")
LAB_DENOISER = Look("#b8860b", "*", "none")
CLASSICAL = Look("#8a8a8a", "x", "-.")
NEUTRAL = "#666666"
FAINT = "#b5b5b5"
GRADED = (
    Look("#a58c00", "o", "-"),
    Look("#8e7800", "^", "--"),
    Look("#766400", "P", "-."),
    Look("#5e5000", "D", ":"),
    Look("#473c00", "v", (0, (5, 1, 1, 1, 1, 1))),
)


def graded(n: int) -> list[Look]:
    """Looks for the levels of one factor within a kind of model: one hue, from light to dark.

    Parameters
    ----------
    n : int
        At most five.

    Raises
    ------
    ValueError
        If there are more levels than looks.
    """
    if n > len(GRADED):
        raise ValueError(f"{n} levels: the book tells {len(GRADED)} shades of a hue apart.")
    return list(GRADED[:n])


def subplots(
    rows: int = 1, columns: int = 1, height: float = 3.2, **options: Any
) -> tuple[Figure, Any]:
    """A figure of the book's width and its axes, as `matplotlib.pyplot.subplots` gives them.

    Parameters
    ----------
    rows, columns : int
    height : float
        Of the whole figure, in inches.
    """
    figure, axes = plt.subplots(rows, columns, figsize=(WIDTH, height), **options)
    plt.close(figure)
    return figure, axes


def band(axes: Axes, x: Sequence[float], low: Any, high: Any, look: Look) -> None:
    """The 95% interval around a line."""
    axes.fill_between(x, low, high, color=look.color, alpha=0.18, linewidth=0)


def image(axes: Axes, pixels: Tensor | np.ndarray, title: str = "") -> None:
    """One garment, dark on light, without ticks."""
    axes.imshow(np.asarray(pixels).reshape(28, 28), vmin=0, vmax=1, cmap="gray_r")
    bare(axes)
    axes.set_title(title, loc="center", fontsize=10)


def bare(axes: Axes) -> None:
    """Take ticks, grid and frame away."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _show_figures_as_svg() -> None:
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches="tight")


# For good: matplotlib reads some of them when a line or a legend is drawn, others when it is saved.
# On top of its own defaults: the reader's matplotlibrc is for other figures.
plt.rcdefaults()
plt.rcParams.update(RC)
_show_figures_as_svg()
