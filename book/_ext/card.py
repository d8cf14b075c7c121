"""The picture that other sites show beside a link to this one (Open Graph): the cover's figure.

Such a picture needs a full address, so there is one only where the site's address is known.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from labcode.designs import profiles
from labcode.experiments import cover as experiment
from labcode.figures import cover as figures

FILE = "_static/card.png"
DOTS_PER_INCH = 190  # about 1200 pixels wide, which such sites ask for
TAGS = """
    <meta property="og:image" content="{address}" />
    <meta property="og:image:alt" content="Garments, and what autoencoders make of them" />
    <meta name="twitter:card" content="summary_large_image" />"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("html-page-context", name_card, priority=504)
    app.connect("build-finished", draw_card)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def name_card(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Say in a page's head where the picture is."""
    if app.config.html_baseurl:
        tags = TAGS.format(address=app.config.html_baseurl + FILE)
        context["metatags"] = context.get("metatags", "") + tags


def draw_card(app: Sphinx, problem: Exception | None) -> None:
    """Draw the picture, where this is a build of the book with its cover."""
    if problem or app.builder.name != "html" or not app.config.html_baseurl:
        return
    if "book/index" not in app.env.found_docs:
        return
    figure = figures.gallery(experiment.gallery(profiles.current()))
    figure.savefig(
        Path(app.outdir, FILE),
        dpi=DOTS_PER_INCH,
        facecolor="white",
        bbox_inches="tight",
        pad_inches=0.25,
    )
