"""An instrument as one piece of HTML: its picture, its data, its style and its script."""

import base64
import gzip
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from labcode.instruments.joining import joined

LONG = re.compile(rb"\d+\.\d{3,}")


def payload(header: Mapping[str, Any], parts: Sequence[np.ndarray | bytes]) -> str:
    """A header and arrays as the page's `unpack` reads them: compressed, as base64.

    Parameters
    ----------
    header : Mapping
        What JSON can hold.
    parts : sequence of ndarray or bytes
        Little-endian, one after the other; the script knows their types and lengths.
    """
    text = json.dumps(header).encode()
    whole = [part if isinstance(part, bytes) else part.tobytes() for part in parts]
    content = len(text).to_bytes(4, "little") + text + b"".join(whole)
    return base64.b64encode(gzip.compress(content, compresslevel=9, mtime=0)).decode()


def embedded(kind: str, *, payload: str, still: str, later: str = "") -> str:
    """An instrument for a page or a notebook's output; nothing else is loaded.

    Parameters
    ----------
    kind : str
        Its class in the page, and the name of its module in `scripts` and its sheet in `styles`.
    payload : str
        As from `payload`.
    still : str
        The HTML that stands there before the script runs, without scripts, and in print.
    later : str, optional
        As from `payload`; a page of the book fetches it when the reader asks for it.
    """
    here = files("labcode.instruments")
    sheets = [(here / "styles" / f"{name}.css").read_text("utf-8") for name in ("instrument", kind)]
    return Template((here / "instrument.html").read_text("utf-8")).substitute(
        kind=kind,
        style="".join(sheets),
        script=joined(f"{kind}.js"),
        payload=payload,
        still=still,
        later=f' data-later="{later}"' if later else "",
    )


def drawn(figure: Figure) -> bytes:
    """A figure as an SVG whose text stays text, to a tenth of a point, always the same."""
    file = io.BytesIO()
    with plt.rc_context({"svg.fonttype": "none"}):
        figure.savefig(file, format="svg", facecolor="white", metadata={"Date": None})
    return LONG.sub(lambda number: b"%.1f" % float(number[0]), file.getvalue())


def picture(content: bytes, alternative: str, kind: str = "png") -> str:
    """A PNG, or of another kind such as `svg+xml`, as an image in the page."""
    data = base64.b64encode(content).decode()
    return f'<img src="data:image/{kind};base64,{data}" alt="{html.escape(alternative)}">'
