"""The explorer as one piece of HTML: nothing else is loaded, in a page or in a notebook."""

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.image import imsave
from torch import Tensor

from labcode.baselines.planes import Panel
from labcode.instruments.embedding import embedded, payload, picture
from labcode.instruments.packing import pack

STEPS = 65_535
GRID = 6


@dataclass(frozen=True, eq=False)
class Explorer:
    """Latent planes side by side, decoded live in the browser.

    Show it as the value of a notebook's cell. Pointer, finger and arrow keys move in one plane;
    the other planes go where they put the nearest image.

    Attributes
    ----------
    panels : sequence of Panel
        Their codes are of the same images, in the same order.
    labels : Tensor, shape (n,)
        Class of each image.
    class_names : sequence of str
        At most ten.

    Raises
    ------
    ValueError
        If there is no panel, or shapes, labels or names do not fit.
    UnsupportedLayer
        If a decoder has a layer other than those named in `Panel`.
    """

    panels: Sequence[Panel]
    labels: Tensor
    class_names: Sequence[str]

    def __post_init__(self) -> None:
        if not self.panels:
            raise ValueError("an explorer needs at least one panel.")
        if not 1 <= len(self.class_names) <= 10:
            raise ValueError(
                f"there are {len(self.class_names)} class names; the palette tells 1 to 10 apart."
            )
        expected = (len(self.labels), 2)
        for panel in self.panels:
            pack(panel.decoder)
            if not len(self.labels) or tuple(panel.codes.shape) != expected:
                raise ValueError(
                    f"the codes of {panel.name} have shape {tuple(panel.codes.shape)}; "
                    f"with {expected[0]} labels they must have shape {expected}."
                )
            if not panel.codes.isfinite().all():
                raise ValueError(f"the codes of {panel.name} are not all finite.")
        if self.labels.min() < 0 or self.labels.max() >= len(self.class_names):
            raise ValueError(f"labels must be from 0 to {len(self.class_names) - 1}.")

    def payload(self) -> str:
        """Decoders, codes and labels: compressed, as base64."""
        parts: list[np.ndarray | bytes] = [self.labels.numpy().astype(np.uint8)]
        about: list[dict[str, Any]] = []
        for panel in self.panels:
            packed = pack(panel.decoder)
            left, right, bottom, top = panel.view
            corner, size = np.array([left, bottom]), np.array([right - left, top - bottom])
            places = (panel.codes.detach().cpu().double().numpy() - corner) / size
            seen = np.rint(places.clip(0, 1) * STEPS).astype("<u2")
            parts += [seen[:, 0], seen[:, 1], *packed.parts]
            about.append({"name": panel.name, "view": panel.view, "layers": packed.layers})
        header = {
            "images": len(self.labels),
            "classes": list(self.class_names),
            "panels": about,
        }
        return payload(header, parts)

    def still(self) -> bytes:
        """A PNG for print and for pages without scripts: each plane decoded on a grid."""
        return _png(np.hstack([_framed(_decoded_grid(panel)) for panel in self.panels]))

    def _repr_html_(self) -> str:
        names = [panel.name for panel in self.panels]
        alternative = (
            f"Decoded images on a grid of {GRID} by {GRID} places of each latent plane, from left "
            f"to right: {', '.join(names)}."
        )
        spans = " ".join(f"<span>{html.escape(name)}</span>" for name in names)
        below = f'<div class="latent-explorer-still-names" aria-hidden="true">{spans}</div>'
        still = picture(self.still(), alternative) + below
        return embedded("latent-explorer", payload=self.payload(), still=still)


@torch.no_grad()
def _decoded_grid(panel: Panel) -> np.ndarray:
    """The plane's images, the highest second number in the first row, shape (28 G, 28 G)."""
    left, right, bottom, top = panel.view
    share = (torch.arange(GRID) + 0.5) / GRID
    y, x = torch.meshgrid(
        top - share * (top - bottom), left + share * (right - left), indexing="ij"
    )
    weight = next(panel.decoder.parameters())
    images = panel.decoder(torch.stack([x, y], -1).flatten(0, 1).to(weight))
    tiles = images.reshape(GRID, GRID, 28, 28).clamp(0, 1).cpu().numpy()
    return tiles.transpose(0, 2, 1, 3).reshape(GRID * 28, GRID * 28)


def _framed(image: np.ndarray) -> np.ndarray:
    return np.pad(image, 6, constant_values=1.0)


def _png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    imsave(file, image, cmap="gray", vmin=0, vmax=1, format="png")
    return file.getvalue()
