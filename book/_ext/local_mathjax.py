"""Serve MathJax from the book's own site, so that formulas need no other host."""

from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

from sphinx.application import Sphinx

PARTS = ("output/chtml/fonts/woff-v2", "input/tex/extensions")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def copy_mathjax(app: Sphinx, problem: Exception | None) -> None:
    """Copy what `mathjax_path` names, its fonts and its extensions, from the installed package."""
    target = Path(app.outdir, "_static", "mathjax")
    if problem or app.builder.format != "html" or (target / "tex-chtml.js").exists():
        return
    with as_file(files("mathjax") / "static" / "mathjax" / "es5") as source:
        for part in PARTS:
            copytree(source / part, target / part, ignore=ignore_patterns("*.map"))
        (target / "tex-chtml.js").write_bytes((source / "tex-chtml.js").read_bytes())
