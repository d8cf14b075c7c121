"""What the site says of itself: addresses, buttons, descriptions, a card, a sitemap.

The repository is known on GitHub's own machines, from `GITHUB_REPOSITORY`; elsewhere you can set
that variable (`owner/name`) by hand. The site's address follows from it, or is what
`LABCODE_SITE` says. Where neither is known, what needs them is left out.
"""

import html
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from labcode.experiments import CHAPTERS, cover
from labcode.figures import cover as cover_figures

NOTEBOOK_BRANCH = "notebooks"  # where the workflow puts the notebooks of each build
DESCRIPTION_LENGTH = 155
NOT_IN_SITEMAP = {"404", "search", "genindex", "py-modindex"}
ADDRESS = re.compile(
    r"(?P<scheme>https?://)?(?P<rest>(?(scheme)[\w.-]+|[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?:/[^\s?#]*)?)"
)
CARD = "_static/card.png"
CARD_DOTS_PER_INCH = 190  # about 1200 pixels wide, which sites that show cards ask for
CARD_TAGS = """
    <meta property="og:image" content="{address}" />
    <meta property="og:image:alt" content="Garments, and what autoencoders make of them" />
    <meta name="twitter:card" content="summary_large_image" />"""


# Paper is white, whatever the screen is.
PRINT_IN_LIGHT = """{
  const page = document.documentElement;
  let onScreen;
  const onPaper = (now) => {
    if (now) {
      onScreen ??= page.dataset.theme;
      page.dataset.theme = "light";
    } else if (onScreen) {
      page.dataset.theme = onScreen;
      onScreen = undefined;
    }
  };
  addEventListener("beforeprint", () => onPaper(true));
  addEventListener("afterprint", () => onPaper(false));
  matchMedia("print").addEventListener("change", ({ matches }) => onPaper(matches));
}"""
# Where the site's address is not known, no link of this page could lead to it.
NOT_FOUND_ANYWHERE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>No page here</title>
    <style>
      body { font: 1.1rem/1.5 sans-serif; margin: 15vh auto; max-width: 34em; padding: 0 1em }
    </style>
  </head>
  <body>
    <main>
      <h1>No page here</h1>
      <p>This address leads nowhere. Take away its last part, and the next, until you are at the
      book's cover.</p>
    </main>
  </body>
</html>
"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.add_js_file(None, body=PRINT_IN_LIGHT)
    app.connect("config-inited", know_the_repository)
    app.connect("html-page-context", describe_page, priority=503)
    app.connect("html-page-context", add_launch_buttons, priority=503)
    app.connect("html-page-context", name_card, priority=504)
    app.connect("html-collect-pages", not_found_page)
    app.connect("build-finished", draw_card)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


# ---- addresses


def repository() -> str:
    """`owner/name` of the repository on GitHub, or an empty string.

    Raises
    ------
    SystemExit
        If `GITHUB_REPOSITORY` is not of that form.
    """
    name = os.environ.get("GITHUB_REPOSITORY", "").strip("/")
    if name and not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise SystemExit(f"labcode: GITHUB_REPOSITORY is {name!r}. Set it to 'owner/name'.")
    return name


def site_address() -> str:
    """Where the site will be served, with a slash at its end, or an empty string.

    Raises
    ------
    SystemExit
        If `LABCODE_SITE` is no address of a site.
    """
    if given := os.environ.get("LABCODE_SITE", "").strip():
        found = ADDRESS.fullmatch(given)
        if not found:
            raise SystemExit(
                f"labcode: LABCODE_SITE is {given!r}. Set it to the address of the site, such as "
                "https://example.org/book."
            )
        return f"{found['scheme'] or 'https://'}{found['rest'].rstrip('/')}/"
    if not (name := repository()):
        return ""
    owner, _, project = name.partition("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if project.lower() == host else f"https://{host}/{project}/"


def know_the_repository(app: Sphinx, config: Config) -> None:
    """Set the canonical address and the links to the repository, where they are known."""
    config.html_baseurl = site_address()
    if name := repository():
        config.html_theme_options |= {
            "repository_url": f"https://github.com/{name}",
            "repository_branch": os.environ.get("GITHUB_REF_NAME", "main"),
            "path_to_docs": "",
            "use_repository_button": True,
            "use_edit_page_button": True,
            "use_issues_button": True,
        }


def chapter_of(page: str) -> str:
    """The chapter that a page is, or an empty string; a module can have the name of a chapter."""
    name = page.removeprefix("book/")
    return name if page == f"book/{name}" and name in CHAPTERS else ""


def add_launch_buttons(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Offer to open a chapter's notebook in Colab or Binder."""
    chapter = chapter_of(page)
    name = repository()
    if not name or not chapter:
        return
    file = f"{chapter}.ipynb"
    addresses = {
        "Colab": f"https://colab.research.google.com/github/{name}/blob/{NOTEBOOK_BRANCH}/{file}",
        "Binder": f"https://mybinder.org/v2/gh/{name}/{NOTEBOOK_BRANCH}?"
        + urlencode({"urlpath": f"lab/tree/{file}"}, safe="/"),
    }
    context["header_buttons"].insert(
        0,
        {
            "type": "group",
            "tooltip": "Run this chapter",
            "icon": "fas fa-rocket",
            "label": "launch-buttons",
            "buttons": [
                {
                    "type": "link",
                    "text": where,
                    "tooltip": f"Open this chapter in {where}",
                    "icon": "fas fa-play",
                    "url": url,
                    "label": f"launch-{where.lower()}-button",
                }
                for where, url in addresses.items()
            ],
        },
    )


# ---- what other sites and search engines see


def describe_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Give a page a description, for search engines and for cards where it is shared."""
    title = re.sub(r"<[^>]*>", "", context.get("title", ""))
    text = description_of(document) if document else ""
    text = text or f"{html.unescape(title)}: a page of {app.config.html_title}."
    facts = {
        "og:title": html.unescape(title),
        "og:description": text,
        "og:site_name": str(app.config.html_title),
        "og:type": "article" if chapter_of(page) else "website",
    }
    if app.config.html_baseurl:
        facts["og:url"] = app.config.html_baseurl + quote(app.builder.get_target_uri(page))
    tags = [f'<meta name="description" content="{html.escape(text)}" />']
    tags += [
        f'<meta property="{name}" content="{html.escape(value)}" />'
        for name, value in facts.items()
    ]
    context["metatags"] = context.get("metatags", "") + "\n    ".join(["", *tags])


def description_of(document: nodes.document) -> str:
    """The first sentences of a page, up to a length that search engines show."""
    text = ""
    for paragraph in document.findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section):
            continue
        text = f"{text} {' '.join(paragraph.astext().split())}".strip()
        if len(text) >= DESCRIPTION_LENGTH:
            break
    if len(text) <= DESCRIPTION_LENGTH:
        return text
    cut = text[: DESCRIPTION_LENGTH + 1]
    sentences = max(cut.rfind(mark) for mark in (". ", "? ", "! "))
    return cut[: sentences + 1] if sentences > 40 else cut.rsplit(" ", 1)[0] + " …"


def name_card(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Say in a page's head where the picture is that other sites show beside a link to it.

    It needs a full address, so there is one only where the site's address is known.
    """
    if app.config.html_baseurl:
        tags = CARD_TAGS.format(address=app.config.html_baseurl + CARD)
        context["metatags"] = context.get("metatags", "") + tags


def draw_card(app: Sphinx, problem: Exception | None) -> None:
    """Draw the picture, the cover's figure, where this is a build of the book with its cover."""
    if problem or app.builder.name != "html" or not app.config.html_baseurl:
        return
    if "book/index" not in app.env.found_docs:
        return
    figure = cover_figures.gallery(cover.gallery())
    figure.savefig(
        Path(app.outdir, CARD),
        dpi=CARD_DOTS_PER_INCH,
        facecolor="white",
        bbox_inches="tight",
        pad_inches=0.25,
    )


def not_found_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page that hosts show for an address that does not exist."""
    body = (
        '<section id="not-found"><h1>No page here</h1><p>This address leads nowhere. The '
        'contents are beside this text, and the <a href="search.html">search</a> finds the '
        'rest. Or start at <a href="book/index.html">the cover</a>.</p></section>'
    )
    yield "404", {"title": "No page here", "body": body, "parents": []}, "page.html"


def write_sitemap(app: Sphinx, pages: list[str]) -> None:
    """Write the list of the book's pages for search engines, where the site's address is known."""
    if not (address := app.config.html_baseurl):
        return
    root = ET.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for page in pages:
        if page.removesuffix(".html") not in NOT_IN_SITEMAP and not page.startswith("_modules/"):
            ET.SubElement(ET.SubElement(root, "url"), "loc").text = address + quote(page)
    file = Path(app.outdir, "sitemap.xml")
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
