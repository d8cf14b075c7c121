"""The latent explorer: a plane of codes in the page, decoded wherever the reader points."""

from labcode.baselines.planes import Panel
from labcode.instruments.packing import UnsupportedLayer
from labcode.instruments.page import Explorer

__all__ = ["Explorer", "Panel", "UnsupportedLayer"]
