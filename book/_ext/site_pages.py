"""What the site needs beyond its pages' text: addresses, buttons, quick and accessible markup.

The repository is known on GitHub's own machines, from `GITHUB_REPOSITORY`; elsewhere you can set
that variable (`owner/name`) by hand. The site's address follows from it, or is what
`LABCODE_SITE` says. Where neither is known, what needs them is left out.
"""

import html
import os
import posixpath
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from labcode.experiments import CHAPTERS

PDF = "autoencoders-measured.pdf"
NOTEBOOK_BRANCH = "notebooks"  # where the workflow puts the notebooks of each build
DESCRIPTION_LENGTH = 155
NOT_IN_SITEMAP = {"404", "search", "genindex", "py-modindex", "prf-prf"}

# Scripts that only the search page needs, and one that draws icons which fonts draw as well.
UNUSED = re.compile(r'\s*<script defer src="[^"]*/fontawesome\.js[^"]*"></script>')
SEARCH = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)
VIEWPORT = re.compile(r'\s*<meta name="viewport"[^>]*>')
HEAD_SCRIPT = re.compile(r'<script (?P<other>[^>]*?)src="(?P<src>[^"]+)">')
OPTIONS = re.compile(r"<script>(DOCUMENTATION_OPTIONS\.[^<]*)</script>")
IMAGE = re.compile(r"<img (?P<attributes>[^>]*?)/?>")
SIZE = re.compile(r'(?:width|height)="([\d.]+)(pt|px)?"')
DOWNLOAD = re.compile(r'(<a href="[^":]*\.(?:ipynb|zip|md)") target="_blank"')
UNNAMED = re.compile(r'<button (?![^>]*aria-label)(?P<rest>[^>]*?title="(?P<name>[^"]+)")')
MARKED_FORMULA = re.compile(
    r'(?<!mark">)(<span class="math">(?:(?!</span>).)*</span>)([.,;:!?)]+)', re.DOTALL
)
PDF_SENTENCE = re.compile(r'<span class="pdf-link"(?: hidden)?>')
ADVERTISEMENT = re.compile(r'<div id="ethical-ad-placement".*?</div>', re.DOTALL)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("config-inited", know_the_repository)
    app.connect("html-page-context", describe_page, priority=503)
    app.connect("html-page-context", add_launch_buttons, priority=503)
    app.connect("html-collect-pages", not_found_page)
    app.connect("build-finished", finish_site)
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
    """Where the site will be served, with a slash at its end, or an empty string."""
    if given := os.environ.get("LABCODE_SITE", ""):
        return given.rstrip("/") + "/"
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


def add_launch_buttons(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Offer to open a chapter's notebook in Colab or Binder."""
    chapter = posixpath.basename(page)
    name = repository()
    if not name or chapter not in CHAPTERS:
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
        "og:type": "article" if posixpath.basename(page) in CHAPTERS else "website",
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


def not_found_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page that hosts show for an address that does not exist."""
    body = (
        '<section id="not-found"><h1>No page here</h1><p>This address leads nowhere. The '
        'contents are beside this text, and the <a href="search.html">search</a> finds the '
        'rest. Or start at <a href="book/index.html">the cover</a>.</p></section>'
    )
    yield "404", {"title": "No page here", "body": body, "parents": []}, "page.html"


# ---- markup


def finish_site(app: Sphinx, problem: Exception | None) -> None:
    """Mend the markup of all pages, and write the sitemap."""
    if problem or app.builder.name != "html":
        return
    out = Path(app.outdir)
    address = app.config.html_baseurl
    pages = sorted(out.rglob("*.html"))
    for file in pages:
        page = file.relative_to(out).with_suffix("").as_posix()
        if page == "index" or page.startswith("_static/"):
            continue  # the first leads to the cover, the others are parts of the theme
        before = file.read_text("utf-8")
        after = finished(before, file, page, eager=1 if page == app.config.root_doc else 0)
        if page == app.config.root_doc:
            after = with_link_to_pdf(after, out)
        if page == "404" and address:
            after = after.replace("<head>", f'<head>\n    <base href="{address}" />', 1)
        if after != before:
            file.write_text(after, "utf-8")
    (out / ".nojekyll").touch()
    if address:
        names = [file.relative_to(out).as_posix() for file in pages]
        shown = [n for n in names if not n.startswith("_static/") and n != "index.html"]
        write_sitemap(
            out / "sitemap.xml",
            [address + quote(n) for n in shown if n.removesuffix(".html") not in NOT_IN_SITEMAP],
        )


def finished(text: str, file: Path, page: str, eager: int = 0) -> str:
    """A page's markup: only scripts that it needs, none that waits; images sized; all named.

    The first `eager` images are on the first screen.
    """
    text = UNUSED.sub("", text)
    if page != "search":
        text = SEARCH.sub("", text)
    head, body = text.split("</head>", 1) if "</head>" in text else (text, "")
    one, *others = VIEWPORT.findall(head) or [""]
    head = VIEWPORT.sub("", head).replace("<head>", f"<head>{one}", 1) if others else head
    head = HEAD_SCRIPT.sub(deferred, head)
    head = OPTIONS.sub(
        r'<script>addEventListener("DOMContentLoaded", () => { \1 });</script>', head
    )
    text = f"{head}</head>{body}" if body else head
    text = ADVERTISEMENT.sub("", text)
    text = DOWNLOAD.sub(r"\1 download", text)
    text = UNNAMED.sub(r'<button aria-label="\g<name>" \g<rest>', text)
    text = text.replace(
        'id="pst-primary-sidebar" class',
        'id="pst-primary-sidebar" role="complementary" aria-label="Book" class',
    )
    text = text.replace(' role="doc-biblioentry"', "")
    text = re.sub(r'<div (?=[^>]*citation-list)([^>]*?) ?role="list"', r"<div \1", text)
    text = MARKED_FORMULA.sub(r'<span class="with-its-mark">\1\2</span>', text)
    places = count()
    return IMAGE.sub(lambda image: sized(image, file.parent, next(places) >= eager), text)


def with_link_to_pdf(cover: str, out: Path) -> str:
    """The cover, with its sentence about the PDF if there is one that is not older than a page."""
    pdf = out / PDF
    pages = [file for file in (out / "book").glob("*.html") if file.stem != "index"]
    newest = max((file.stat().st_mtime for file in pages), default=0.0)
    if pdf.exists() and pdf.stat().st_mtime < newest:
        pdf.unlink()
    shown = "" if pdf.exists() else " hidden"
    return PDF_SENTENCE.sub(f'<span class="pdf-link"{shown}>', cover)


def deferred(script: re.Match[str]) -> str:
    """A script of the head that does not hold up the page; deferred scripts keep their order."""
    if "defer" in script["other"]:
        return script[0]
    return f'<script {script["other"]}defer src="{script["src"]}">'


def sized(image: re.Match[str], folder: Path, lazy: bool) -> str:
    """An image with its size, so that nothing moves when it comes."""
    attributes = image["attributes"].rstrip()
    source = re.search(r'src="([^":]+)"', attributes)
    if "loading=" not in attributes and lazy:
        attributes += ' loading="lazy" decoding="async"'
    if source and " width=" not in attributes:
        size = size_of(folder / source[1].partition("?")[0])
        if size:
            attributes += f' width="{size[0]}" height="{size[1]}"'
    return f"<img {attributes} />"


def size_of(file: Path) -> tuple[int, int] | None:
    """Width and height of an image in CSS pixels, where its file says them."""
    if not file.exists():
        return None
    if file.suffix == ".svg":
        opening = re.search(r"<svg\b[^>]*>", file.read_text("utf-8"))
        found = {
            name: float(value) * (4 / 3 if unit == "pt" else 1)
            for name, value, unit in re.findall(
                r'\b(width|height)="([\d.]+)(pt|px)?"', opening[0] if opening else ""
            )
        }
        if set(found) != {"width", "height"}:
            return None
        return round(found["width"]), round(found["height"])
    if file.suffix == ".png":
        header = file.read_bytes()[:24]
        return int.from_bytes(header[16:20]), int.from_bytes(header[20:24])
    return None


def write_sitemap(file: Path, addresses: list[str]) -> None:
    """Write the list of all pages for search engines."""
    root = ET.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for address in addresses:
        ET.SubElement(ET.SubElement(root, "url"), "loc").text = address
    ET.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
