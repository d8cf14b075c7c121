"""Ends the build, and a notebook's first cell, where a stranger's `labcode` would be imported.

On PyPI that name is another project's. This extension imports nothing of labcode and is the first
of the book's to be loaded. The notebooks' first cell holds the source of `foreign_labcode`.
"""

from importlib.util import find_spec

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Stop before any other extension imports the stranger.

    Raises
    ------
    SystemExit
        If another package of this name would be imported.
    """
    if stranger := foreign_labcode():
        raise SystemExit(
            f"labcode: {stranger} is another package of this name, or that of this book's first "
            "edition. In this environment, run 'pip uninstall -y labcode', then "
            "'pip install -r requirements.txt', and build again."
        )
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def foreign_labcode() -> str:
    """Where another package named labcode is, if Python would import that one; else nothing."""
    found = find_spec("labcode")
    if not found or not found.origin:
        return ""
    with open(found.origin, encoding="utf-8", errors="replace") as source:
        ours = 'DISTRIBUTION = "autoencoders-measured"' in source.read()
    return "" if ours else found.origin
