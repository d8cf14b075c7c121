"""The Sphinx extension that makes this book: its parts, loaded once labcode is the book's own.

On PyPI the name `labcode` is another project's. So this module imports nothing of labcode, and
the others only after it has looked. The notebooks' first cell holds the source of
`foreign_labcode`.
"""

import zlib
from importlib.util import find_spec
from pathlib import Path

from sphinx.application import Sphinx

from measured_book import internals

PARTS = (
    "training",
    "mathematics",
    "site",
    "notebooks",
    "figures",
    "verdicts",
    "numbers",
    "questions",
    "search",
    "markup",
    "moved",
    "print_pdf",
    "epub",
)


def setup(app: Sphinx) -> dict[str, int]:
    """Load the parts, each an extension by itself.

    Raises
    ------
    SystemExit
        If another package named labcode would be imported.
    """
    if stranger := foreign_labcode():
        raise SystemExit(
            f"labcode: {stranger} is another package of this name, or that of this book's first "
            "edition. In this environment, run 'pip uninstall -y labcode', then "
            "'pip install -r requirements.txt', and build again."
        )
    internals.leave_out_thebe(app)
    app.connect("builder-inited", internals.write_like_the_site)
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    sources = b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    version = zlib.crc32(sources)  # pages are read again when something here is edited
    return {"parallel_read_safe": False, "parallel_write_safe": True, "env_version": version}


def foreign_labcode() -> str:
    """Where another package named labcode is, if Python would import that one; else nothing."""
    found = find_spec("labcode")
    if not found or not found.origin:
        return ""
    with open(found.origin, encoding="utf-8", errors="replace") as source:
        ours = 'DISTRIBUTION = "autoencoders-measured"' in source.read()
    return "" if ours else found.origin
