"""The whole book as a PDF: `jupyter-book build . --builder singlehtml` prints what it made.

Chromium prints the single page with the print styles of `_static/book.css`. Where there is no
Chromium, the single page is all that you get, and the log says so.
"""

import shutil
import subprocess
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

from measured_book.markup import PDF, Page, put_on_site

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 300
logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the end of a build."""
    app.connect("build-finished", print_book, priority=900)  # when the fonts are written
    return {"parallel_read_safe": True, "parallel_write_safe": True}


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
    page.write_text(printable(written), "utf-8")
    written.unlink()
    partial = Path(app.outdir, PDF)
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
        "--generate-pdf-document-outline", "--allow-file-access-from-files",
        f"--print-to-pdf={partial}", page.as_uri(),
    ]  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if made.returncode or not partial.exists():
        raise SystemExit(f"labcode: {browser} did not print the book:\n{made.stderr[-1000:]}")
    put_on_site(app, partial)


def printable(file: Path) -> str:
    """The page as paper needs it: light, nothing folded, no script, marks with their formulas."""
    page = Page(file.read_text("utf-8").replace('|| "auto"', '|| "light"'), file)  # paper is white
    for script in page.soup.find_all("script", src=True):
        script.decompose()
    for folded in page.soup.find_all("details"):
        folded["open"] = ""
    for formula in page.soup.find_all("span", class_="math"):
        page.keep_mark(formula)
    return str(page)
