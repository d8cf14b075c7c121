"""Old addresses lead to where their content is now, each place of a page to that place.

`moved_pages` in `_config.yml` names for a page that was renamed, or that gave sections away, the
pages that have its content now. The first is where its own address leads, which can be the page
itself; a place in it leads to the first of them that has that place. A page that moved twice is
followed to the end, so an entry stays as it is when another is added.
"""

import json
import posixpath
import shutil
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx

# Files that carry a page's name; what had an old name is served under it, too.
FILES = (
    "notebooks/{name}.ipynb",
    "_sources/{page}.md",
    "_static/latent-explorer-{name}.js",
    "_images/latent-explorer-{name}.png",
)
PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>{title}</title>{canonical}
    {script}
    <noscript><meta http-equiv="Refresh" content="0; url={address}" /></noscript>
  </head>
  <body>
    <p>This page has moved: <a href="{address}">{title}</a></p>
  </body>
</html>
"""
SCRIPT = """<script>
{{
  const page = new Map({places}).get(location.hash) ?? "{page}";
  if (page) location.replace(page + location.search + location.hash);
}}
</script>"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the table known, and connect to Sphinx's events."""
    app.add_config_value("moved_pages", {}, "html", dict)
    app.connect("html-page-context", lead_on)
    app.connect("build-finished", write_old_addresses, priority=900)  # after all other files
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def is_old_address(app: Sphinx, page: str) -> bool:
    """Whether nothing but a way to another page is at a page's address."""
    return page in app.config.moved_pages and page not in app.env.found_docs


def write_old_addresses(app: Sphinx, problem: Exception | None) -> None:
    """Write a page that leads on for each page that is gone, and copy the files of its name."""
    if problem or app.builder.name != "html":
        return
    out = Path(app.outdir)
    for old in app.config.moved_pages:
        new = destinations(app, old)
        if not is_old_address(app, old) or not new:
            continue
        text = page_that_leads_on(app, old, new[0])
        file = out / f"{old}.html"
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
        for name in FILES:
            before, now = (
                out / name.format(page=page, name=posixpath.basename(page))
                for page in (old, new[0])
            )
            if now.exists():
                shutil.copyfile(now, before)


def page_that_leads_on(app: Sphinx, old: str, new: str) -> str:
    """The page at an old address; its canonical link needs the site's address."""
    site = app.config.html_baseurl
    return PAGE.format(
        title=escape(app.env.titles[new].astext()),
        canonical=f'\n    <link rel="canonical" href="{site}{quote(new)}.html" />' if site else "",
        script=script(app, old),
        address=address(old, new),
    )


def lead_on(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Let a page that is still there lead to the sections that it gave away."""
    if page in app.config.moved_pages:
        context["metatags"] = context.get("metatags", "") + "\n    " + script(app, page)


def destinations(app: Sphinx, page: str) -> list[str]:
    """The pages of this build that have the content of a page now."""
    itself = [page] if page in app.env.found_docs else []
    found = [
        last
        for new in app.config.moved_pages.get(page, [page])
        for last in (itself if new == page else destinations(app, new))
    ]
    return list(dict.fromkeys(found))


def script(app: Sphinx, old: str) -> str:
    """The script that leads on from an address, with the places that are not on the first page."""
    first, *others = destinations(app, old)
    seen = places(app, first) if others else set()
    elsewhere = []
    for page in others:
        new = places(app, page) - seen
        elsewhere += [(f"#{place}", address(old, page)) for place in sorted(new)]
        seen |= new
    page = "" if first == old else address(old, first)
    return SCRIPT.format(places=json.dumps(elsewhere), page=page)


def places(app: Sphinx, page: str) -> set[str]:
    """The names of all places in a page."""
    elements = app.env.get_doctree(page).findall(nodes.Element)
    return {name for element in elements for name in element["ids"]}


def address(old: str, new: str) -> str:
    """The address of a page as a page at the old address has to write it."""
    return posixpath.relpath(f"{quote(new)}.html", posixpath.dirname(old))
