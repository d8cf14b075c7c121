"""What a reader moves: the explorer here; others have modules of their own."""

from labcode.baselines.planes import Panel
from labcode.instruments.packing import UnsupportedLayer
from labcode.instruments.page import Explorer

__all__ = ["Explorer", "Panel", "UnsupportedLayer"]
