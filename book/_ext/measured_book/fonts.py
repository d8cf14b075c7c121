"""Fonts cut down to the characters that the site shows."""

import logging
from pathlib import Path
from typing import BinaryIO

from fontTools import subset
from fontTools.ttLib import TTFont

logging.getLogger("fontTools").setLevel(logging.WARNING)  # else each table has lines in the log


def cut_down(font: BinaryIO, characters: str, target: Path, features: tuple[str, ...] = ()) -> None:
    """Write a font with these characters, and of the optional features only those named."""
    options = subset.Options(flavor="woff")
    if features:
        options.layout_features = list(features)
    opened = TTFont(font)
    cutter = subset.Subsetter(options)
    cutter.populate(text=characters)
    cutter.subset(opened)
    subset.save_font(opened, str(target), options)
