"""The whole book as a PDF: `jupyter-book build . --builder singlehtml` prints what it made.

Chromium prints the single page with the print styles of `_static/book.css`. Where there is no
Chromium, the single page is all that you get, and the log says so.
"""

import re
import shutil
import subprocess
from pathlib import Path

from site_pages import MARKED_FORMULA, PDF, with_link_to_pdf
from sphinx.application import Sphinx
from sphinx.util import logging

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SCRIPT = re.compile(r'<script\b[^>]*\bsrc="[^"]*"[^>]*></script>')
FOLDED = re.compile(r"<details\b(?![^>]*\bopen\b)")
SECONDS = 300
logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the end of a build."""
    app.connect("builder-inited", write_as_html)
    app.connect("build-finished", print_book)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_as_html(app: Sphinx) -> None:
    """Let the single page write each kind of node as the site does.

    Sphinx leaves out what is registered for `html` as soon as one extension registers something
    for `singlehtml`.
    """
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = handlers.get("html", {}) | handlers.get("singlehtml", {})


def print_book(app: Sphinx, problem: Exception | None) -> None:
    """Print the single page beside the site's pages, and show the cover's link to it."""
    if problem or app.builder.name != "singlehtml":
        return
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        logger.info(f"labcode: no PDF, because none of {', '.join(BROWSERS)} is on this machine")
        return
    written = Path(app.outdir, f"{app.config.root_doc}.html")
    page = Path(app.outdir, "index.html")  # from here its links to styles and images are right
    page.write_text(printable(written.read_text("utf-8")), "utf-8")
    written.unlink()
    site = Path(app.outdir).with_name("html")
    partial = Path(app.outdir, PDF)
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
        "--generate-pdf-document-outline", "--allow-file-access-from-files",
        f"--print-to-pdf={partial}", page.as_uri(),
    ]  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if made.returncode or not partial.exists():
        raise SystemExit(f"labcode: {browser} did not print the book:\n{made.stderr[-1000:]}")
    site.mkdir(exist_ok=True)
    partial.replace(site / PDF)
    cover = site / f"{app.config.root_doc}.html"
    if cover.exists():
        cover.write_text(with_link_to_pdf(cover.read_text("utf-8"), site), "utf-8")
    logger.info(f"labcode: the book as a PDF is {site / PDF}")


def printable(text: str) -> str:
    """The page as paper needs it: light, nothing folded, no script, marks with their formulas."""
    text = SCRIPT.sub("", text).replace('|| "auto"', '|| "light"')  # paper is white
    text = FOLDED.sub("<details open", text)
    return MARKED_FORMULA.sub(r'<span class="with-its-mark">\1\2</span>', text)
