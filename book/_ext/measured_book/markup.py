"""Each page of the site read once, when all are written: quick, accessible, with what it shows.

In this one pass scripts that a page does not need go, and others wait; images get their size; the
instruments, each one piece of HTML in a notebook, become files that are fetched when the reader
comes near. What the pages show is noted on the way, and the
fonts and the theme's icons are cut down to that: the theme brings two thousand icons, with a style
rule for each and a font that weighs more than a chapter's text, and pages need about twenty.
"""

import base64
import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EntitySubstitution
from bs4.element import AttributeValueList, NavigableString
from bs4.formatter import HTMLFormatter
from sphinx.application import Sphinx
from sphinx.util import logging

from measured_book import fonts, mathematics, moved, site

PDF = "autoencoders-measured.pdf"
EPUB = "autoencoders-measured.epub"
SPHINX_SEARCH = re.compile(r"\b(?:searchtools|searchindex)\.js")
STEMMER = re.compile(r"\blanguage_data\.js")
MARKS = re.compile(r"[.,;:!?)]+")
TOGETHER = "with-its-mark"
FETCH = """
(() => {{
  const instrument = document.currentScript.parentElement;
  new IntersectionObserver(([{{ isIntersecting }}], watcher) => {{
    if (!isIntersecting) return;
    watcher.disconnect();
    instrument.append(Object.assign(document.createElement("script"), {{ src: "{address}" }}));
  }}, {{ rootMargin: "200%" }}).observe(instrument);
}})();
"""
FETCHED = """document.querySelector(".{kind}:not([data-started])").dataset.payload = {payload};
{script}"""
LATER = """document.querySelector(".{kind}").dataset.later = {later};
"""
STYLES = "_static/styles/pydata-sphinx-theme.css"
ICONS = "_static/vendor/fontawesome/webfonts/fa-solid-900.ttf"
ICON = re.compile(r"\bfa-[a-z0-9-]+")
RULE = re.compile(r'(?:\.fa-[\w-]+:+(?:before|after),?)+\{content:"[^"]*"\}')
CHARACTER = re.compile(r"\\([0-9a-f]{2,5})")
logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the end of a build, after all that writes files."""
    app.connect("build-finished", finish_pages, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def finish_pages(app: Sphinx, problem: Exception | None) -> None:
    """Finish every page that was written, then write fonts, icons and the list of pages."""
    if problem or app.builder.format != "html" or app.builder.name == "epub":
        return
    out = Path(app.outdir)
    notes = Path(app.doctreedir, f"finished-{app.builder.name}.json")
    before = json.loads(notes.read_text("utf-8")) if notes.exists() else {}
    pages: dict[str, dict[str, Any]] = {}
    for file in sorted(out.rglob("*.html")):
        name = file.relative_to(out).as_posix()
        if name == "index.html" or moved.is_old_address(app, name.removesuffix(".html")):
            continue  # such pages only lead to another
        if name.startswith("_static/"):
            continue  # a part of the theme
        is_cover = name == f"{app.config.root_doc}.html"
        pages[name] = before.get(name, {})
        if is_cover or pages[name].get("written") != file.stat().st_mtime_ns:
            page = Page(file.read_text("utf-8"), file)
            if app.builder.name == "html":
                move_instruments(page, out)
                page.finish(eager=1 if is_cover else 0)
                if is_cover:
                    offer_whole_book(page, out)
                if name == "404.html":
                    page.show_anywhere(app.config.html_baseurl)
                page.write()
            pages[name] = page.shown() | {"written": file.stat().st_mtime_ns}
    notes.write_text(json.dumps(pages), "utf-8")
    mathematics.write_font(out, {c for page in pages.values() for c in page["characters"]})
    thin_icons(out, {icon for page in pages.values() for icon in page["icons"]})
    if app.builder.name == "html":
        (out / ".nojekyll").touch()
        site.write_sitemap(app, list(pages))


# ---- a page


class InOrder(HTMLFormatter):
    """Writes markup as it was read: attributes in their order, those without a value bare."""

    def __init__(self) -> None:
        super().__init__(EntitySubstitution.substitute_xml, " /")

    def attributes(self, tag: Tag) -> list[tuple[str, str | AttributeValueList | None]]:
        """The attributes of an element."""
        bare = ("hidden", "download", "open")
        return [(name, None if name in bare and not v else v) for name, v in tag.attrs.items()]


class Page:
    """A page of the site, to be read, changed and written.

    Parameters
    ----------
    text : str
    file : Path
        Where the page is; its images are found from there.
    """

    def __init__(self, text: str, file: Path) -> None:
        self.before = text
        self.file = file
        self.soup = BeautifulSoup(text, "html.parser")

    @property
    def head(self) -> Tag:
        """The page's `<head>`."""
        assert self.soup.head is not None
        return self.soup.head

    def __str__(self) -> str:
        return self.soup.decode(formatter=InOrder())

    def write(self) -> None:
        """Write the page, if it is another one now."""
        if (text := str(self)) != self.before:
            self.file.write_text(text, "utf-8")

    def shown(self) -> dict[str, Any]:
        """What fonts must be able to draw: characters in formulas, and icons by their names."""
        formulas = map(mathematics.characters_in, self.soup.find_all("math"))
        icons = set(ICON.findall(self.before))
        return {"characters": "".join(sorted(set().union(*formulas))), "icons": sorted(icons)}

    def finish(self, eager: int = 0) -> None:
        """Only scripts that the page needs, none that waits; images sized; everything named.

        The first `eager` images are on the first screen.
        """
        images = viewports = 0
        for tag in self.soup.find_all(True):
            if tag.decomposed:
                continue
            if tag.get("role") == "doc-biblioentry" or (
                tag.get("role") == "list" and "citation-list" in tag.get_attribute_list("class")
            ):
                del tag["role"]
            match tag.name:
                case "div" if tag.get("id") == "pst-primary-sidebar":
                    tag.attrs |= {"role": "complementary", "aria-label": "Book"}
                case "div" if tag.get("id") == "ethical-ad-placement":
                    tag.decompose()
                case "script":
                    self.sort_script(tag)
                case "img":
                    self.size(tag, lazy=images >= eager)
                    self.give_twin(tag)
                    images += 1
                case "span" if "math" in tag.get_attribute_list("class"):
                    self.keep_mark(tag)
                case "a" if tag.get("target") == "_blank" and saved(str(tag.get("href"))):
                    del tag["target"]
                    tag.attrs = {"href": tag["href"], "download": ""} | tag.attrs
                case "button" if "title" in tag.attrs:
                    tag.attrs.setdefault("aria-label", tag["title"])
                case "meta" if tag.get("name") == "viewport":
                    viewports += 1
                    if viewports > 1:
                        tag.decompose()  # the theme and Sphinx have one each

    def show_anywhere(self, site_address: str) -> None:
        """Make the page one that a host can show at any address: its own addresses are full."""
        if not site_address:
            self.soup = BeautifulSoup(site.NOT_FOUND_ANYWHERE, "html.parser")
        for tag in self.soup.find_all(True):
            for name in ("href", "src", "action", "data-content_root"):
                value = str(tag.get(name, "#"))
                if not value.startswith("#"):
                    tag[name] = urljoin(site_address, value)

    def sort_script(self, script: Tag) -> None:
        """Take out a script that draws icons or searches; let another wait for the page."""
        source = str(script.get("src", ""))
        text = script.string or ""
        if "/fontawesome.js" in source and has_icon_font(self.file):
            script.decompose()  # the font draws the same icons
        elif SPHINX_SEARCH.search(source):
            script.decompose()  # the site has a search of its own
        elif STEMMER.search(source) and self.file.stem != "search":
            script.decompose()
        elif source and script.find_parent("head"):
            script["defer"] = "defer"  # deferred scripts keep their order
        elif text.startswith("DOCUMENTATION_OPTIONS."):
            script.string = f'addEventListener("DOMContentLoaded", () => {{ {text} }});'

    def keep_mark(self, formula: Tag) -> None:
        """Let no line break come between a formula and the mark that follows it."""
        after = formula.next_sibling
        if not isinstance(after, NavigableString) or formula.find_parent(class_=TOGETHER):
            return
        if found := MARKS.match(after):
            formula.wrap(self.soup.new_tag("span", attrs={"class": TOGETHER})).append(found[0])
            after.replace_with(after[found.end() :])

    def give_twin(self, image: Tag) -> None:
        """Show the twin of a figure on a dark page, where it has one."""
        figure = image.find_parent("figure")
        if not figure or image.find_parent("picture"):
            return
        twin = f"figures/{figure.get('id')}-dark.svg"
        root = next((f for f in self.file.parents if (f / twin).exists()), None)
        if root is None:
            return
        up = "../" * (len(self.file.relative_to(root).parts) - 1)
        picture = image.wrap(self.soup.new_tag("picture"))
        media = "screen and (prefers-color-scheme: dark)"
        about = {"class": "in-dark", "media": media, "srcset": up + twin}
        picture.insert(0, self.soup.new_tag("source", attrs=about))
        image["class"] = " ".join(["dark-light", *filter(None, image.get_attribute_list("class"))])

    def size(self, image: Tag, lazy: bool) -> None:
        """Give an image its size, so that nothing moves when it comes."""
        if lazy and "loading" not in image.attrs:
            image.attrs |= {"loading": "lazy", "decoding": "async"}
        source = str(image.get("src", ""))
        if not source or ":" in source or "width" in image.attrs:
            return
        if size := size_of(self.file.parent / source.partition("?")[0]):
            image.attrs |= {"width": str(size[0]), "height": str(size[1])}


def saved(address: str) -> bool:
    """Whether an address is that of a file of the site to be saved, not shown."""
    return ":" not in address and address.endswith((".ipynb", ".zip", ".md"))


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


def put_on_site(app: Sphinx, file: Path) -> None:
    """Move the whole book as one file beside the site's pages, and show the cover's link to it."""
    site = Path(app.outdir).with_name("html")
    site.mkdir(exist_ok=True)
    file.replace(site / file.name)
    cover = site / f"{app.config.root_doc}.html"
    if cover.exists():
        with_link = Page(cover.read_text("utf-8"), cover)
        offer_whole_book(with_link, site)
        with_link.write()
    logger.info(f"labcode: the whole book is {site / file.name}")


def offer_whole_book(cover: Page, out: Path) -> None:
    """Show the cover's sentences about the PDF and the EPUB that are not older than a page."""
    pages = [file for file in (out / "book").glob("*.html") if file != cover.file]
    newest = max((file.stat().st_mtime for file in pages), default=0.0)
    for name in (PDF, EPUB):
        file = out / name
        if file.exists() and file.stat().st_mtime < newest:
            file.unlink()
        for sentence in cover.soup.find_all("span", class_=f"{file.suffix[1:]}-link"):
            sentence.attrs.pop("hidden", None)
            if not file.exists():
                sentence["hidden"] = ""


# ---- instruments


def move_instruments(page: Page, out: Path) -> None:
    """Write the data, script and picture of each instrument of a page into files of their own."""
    to_root = "../" * (len(PurePosixPath(page.file.relative_to(out)).parts) - 1)
    for instrument in page.soup.find_all("div", class_="instrument", attrs={"data-payload": True}):
        picture, script = instrument.find("img"), instrument.find("script")
        assert picture and script
        kind = instrument.get_attribute_list("class")[-1]
        name = f"{kind}-{page.file.stem}"
        about, _, content = str(picture["src"]).partition(";base64,")
        suffix = about.rpartition("/")[2].removesuffix("+xml")
        code, still = out / "_static" / f"{name}.js", out / "_images" / f"{name}.{suffix}"
        payload = json.dumps(instrument.attrs.pop("data-payload"))
        fetched = FETCHED.format(kind=kind, payload=payload, script=script.string)
        code.write_text(fetched, "utf-8")
        still.write_bytes(base64.b64decode(content))
        picture["src"] = f"{to_root}_images/{still.name}"
        script.string = FETCH.format(address=f"{to_root}_static/{code.name}?v={digest(code)}")
        if later := instrument.attrs.pop("data-later", None):
            file = out / "_static" / f"{name}-later.js"
            file.write_text(LATER.format(kind=kind, later=json.dumps(later)), "utf-8")
            instrument["data-later-from"] = f"{to_root}_static/{file.name}?v={digest(file)}"


def digest(file: Path) -> str:
    """A few letters that change with a file's content, so that no old copy is taken for it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]


# ---- icons


def has_icon_font(page: Path) -> bool:
    """Whether the site that a page is in has the theme's font of icons."""
    return any((folder / ICONS).exists() for folder in page.parents)


def thin_icons(out: Path, used: set[str]) -> None:
    """Leave out rules for icons that are on no page, and their drawings in the font."""
    if not (out / STYLES).exists() or not (out / ICONS).exists():
        return  # the theme from 1.4 on has no font, and draws its icons by a script
    for script in (out / "_static/scripts").glob("*theme.js"):
        used |= set(ICON.findall(script.read_text("utf-8")))
    styles = thinned((out / STYLES).read_text("utf-8"), used)
    characters = "".join(chr(int(code, 16)) for code in CHARACTER.findall(styles))
    with (out / ICONS).open("rb") as font:
        fonts.cut_down(font, characters, (out / ICONS).with_suffix(".woff"))
    styles = styles.replace(
        'fa-solid-900.woff2) format("woff2")', 'fa-solid-900.woff) format("woff")'
    )
    (out / STYLES).write_text(styles, "utf-8")


def thinned(styles: str, used: set[str]) -> str:
    """The styles without the rules of icons that are not used."""
    return RULE.sub(lambda rule: rule[0] if used & set(ICON.findall(rule[0])) else "", styles)
