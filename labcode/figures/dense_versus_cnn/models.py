"""Two models, drawn from the models themselves."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import look_of
from labcode.figures.source_data import with_source_data
from labcode.models.counting import Layer


@with_source_data
def diagrams(models: Mapping[str, Sequence[Layer]]) -> Figure:
    """Each model, `dense` or `CNN`, as a row of boxes: shape, kind and parameters."""
    longest = max(len(layers) for layers in models.values())
    figure, axes = style.subplots(len(models), 1, height=2.25 * len(models))
    for row, (title, layers) in zip(np.atleast_1d(axes), models.items(), strict=True):
        for place, layer in enumerate(layers):
            _box(row, place, layer, look_of(title))
        total = sum(layer.parameters for layer in layers)
        row.set_title(f"{title}: {total:,} parameters")
        row.set(xlim=(-0.6, longest - 0.4), ylim=(-2.9, 1.0))
        row.axis("off")
    return figure


def _box(axes: Axes, place: int, layer: Layer, look: style.Look) -> None:
    tall = {28: 0.8, 14: 0.65}.get(layer.shape[-1], 0.5) if len(layer.shape) == 3 else 0.35
    filled = layer.part == "code"
    box = FancyBboxPatch(
        (place - 0.3, -tall),
        0.6,
        2 * tall,
        boxstyle="round,pad=0.02",
        facecolor=look.color if filled else "white",
        edgecolor=style.NEUTRAL if layer.part == "input" else look.color,
        linewidth=1.6,
    )
    axes.add_patch(box)
    inside, color = "\n".join(str(size) for size in layer.shape), "white" if filled else "black"
    axes.text(place, 0, inside, ha="center", va="center", fontsize=9.5, color=color)
    if place:
        ends = (place - 0.67, 0), (place - 0.33, 0)
        arrow = FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=8, color=style.NEUTRAL)
        axes.add_patch(arrow)
    name = layer.name.replace(", ", "\n").replace("transposed conv", "transposed\nconv")
    below = name + (f"\n{layer.parameters:,}" if layer.parameters else "")
    axes.text(place, -1.0, below, ha="center", va="top", fontsize=9)
