"""The latent explorer: a plane of codes in the page, decoded wherever the reader points."""

from labcode.explorer.packing import UnsupportedLayer
from labcode.explorer.page import Explorer, Panel

__all__ = ["Explorer", "Panel", "UnsupportedLayer"]
