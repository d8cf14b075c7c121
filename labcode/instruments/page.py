"""The explorer as one piece of HTML: nothing else is loaded, in a page or in a notebook."""

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from matplotlib.image import imsave
from torch import Tensor, nn

from labcode.baselines.planes import Panel
from labcode.instruments.embedding import embedded, payload, picture
from labcode.instruments.packing import PackedNetwork, pack

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
    encoders : sequence of nn.Sequential, optional
        One for each panel, from 784 pixels to 2 numbers, or to 2 means and 2 log-variances. With
        them the reader draws images, which are encoded live.
    examples : Tensor, shape (c, 784), optional
        An image of each class to begin with, pixels from 0 to 1, where there are encoders.

    Raises
    ------
    ValueError
        If there is no panel, or shapes, labels or names do not fit.
    UnsupportedLayer
        If a decoder has a layer other than those named in `Panel`, or an encoder has one.
    """

    panels: Sequence[Panel]
    labels: Tensor
    class_names: Sequence[str]
    encoders: Sequence[nn.Module] = ()
    examples: Tensor = field(default_factory=lambda: torch.empty(0, 784))

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
        if not self.encoders:
            return
        if len(self.encoders) != len(self.panels):
            raise ValueError(
                f"there are {len(self.encoders)} encoders for {len(self.panels)} panels: give each "
                "panel one."
            )
        if tuple(self.examples.shape) != (len(self.class_names), 784):
            raise ValueError(
                f"the examples have shape {tuple(self.examples.shape)}: give one image of 784 "
                f"pixels for each of {len(self.class_names)} classes."
            )
        for encoder in self.encoders:
            _pack_encoder(encoder)

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
            "encodes": bool(self.encoders),
        }
        return payload(header, parts)

    def encoding(self) -> str:
        """Encoders and examples, packed for the page, which fetches them when a reader draws."""
        packed = [_pack_encoder(encoder) for encoder in self.encoders]
        header = {"encoders": [one.layers for one in packed], "images": len(self.examples)}
        greys = np.rint(255 * self.examples.double().numpy().clip(0, 1)).astype("u1")
        return payload(header, [*(part for one in packed for part in one.parts), greys])

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
        later = self.encoding() if self.encoders else ""
        return embedded("latent-explorer", payload=self.payload(), still=still, later=later)


def _pack_encoder(encoder: nn.Module) -> PackedNetwork:
    """With 2 outputs, or with 4 if its last layer has so many."""
    widths = [layer.out_features for layer in encoder.modules() if isinstance(layer, nn.Linear)]
    return pack(encoder, 784, 4 if widths[-1:] == [4] else 2)


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
