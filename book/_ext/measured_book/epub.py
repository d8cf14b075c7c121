"""The whole book for e-readers: `jupyter-book build . --builder custom --custom-builder epub`.

Sphinx's own builder writes the pages and packs them. Before it packs, each page becomes one that
needs no script and no network: an instrument is its still picture, and what only the site has is
a link to the site.
"""

import base64
import hashlib
import io
import posixpath
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import Tag
from matplotlib.figure import Figure
from PIL import Image
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.config import Config

import labcode
from measured_book import figures, mathematics
from measured_book.markup import EPUB, Page, put_on_site

COVER = "_static/cover.png"
STYLES = {"_static/pygments.css", "_static/e-reader.css"}
BLOCKS = ["ul", "ol", "dl", "div", "p"]
NAMESPACES = {"": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
ACCESSIBLE = {
    "accessMode": ("textual", "visual"),
    "accessModeSufficient": ("textual,visual",),
    "accessibilityFeature": ("alternativeText", "MathML", "tableOfContents"),
    "accessibilityHazard": ("none",),
    "accessibilitySummary": ("Pictures have alternative texts, and formulas are MathML.",),
}


def setup(app: Sphinx) -> dict[str, bool]:
    """Make this the builder `epub`."""
    app.add_builder(ReadersBuilder, override=True)
    app.connect("config-inited", describe_book)
    app.connect("build-finished", offer_epub, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def describe_book(app: Sphinx, config: Config) -> None:
    """Say what `_config.yml` does not: it names the book once, and labcode has the version."""
    config.version = labcode.__version__
    config.epub_title = config.html_title
    config.epub_basename = EPUB.removesuffix(".epub")
    config.epub_cover = (COVER, "")


def offer_epub(app: Sphinx, problem: Exception | None) -> None:
    """Put the file beside the site's pages, and show the cover's link to it."""
    if not problem and app.builder.name == "epub":
        put_on_site(app, Path(app.outdir, EPUB))


class ReadersBuilder(Epub3Builder):
    """Sphinx's builder of EPUB 3, whose pages and list of files are as e-readers want them."""

    def build_content(self) -> None:
        """Draw the cover, settle the pages, and list the files that they show and no others."""
        out = Path(self.outdir)
        draw_cover(self.app, out / COVER)
        written = (*self.env.found_docs, *(index[0] for index in self.domain_indices))
        names = {name + self.out_suffix for name in written}
        pages = {name: ReadersPage(out, name, names, self.config.html_baseurl) for name in names}
        for page in pages.values():
            page.settle()
        characters = {c for page in pages.values() for c in page.shown()["characters"]}
        mathematics.write_font(out, characters)
        for image in out.glob("_images/*.svg"):
            image.write_text(without_twins(image.read_text("utf-8")), "utf-8")
        files = {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}
        shown = {COVER, *STYLES, f"_static/{mathematics.FONT}", *names}
        shown |= {image for page in pages.values() for image in page.images()}
        self.config.epub_exclude_files = sorted(files - shown)
        super().build_content()
        complete_list(out / "content.opf", {n for n, page in pages.items() if page.soup.math})

    def toc_metadata(self, level: int, navpoints: list[Any]) -> dict[str, Any]:
        """What the older table of contents says of the book: the same name as the list of files."""
        return super().toc_metadata(level, navpoints) | {"uid": self.config.epub_identifier}


class ReadersPage(Page):
    """A page that needs no script and no network.

    Parameters
    ----------
    out : Path
        The folder of the builder.
    name : str
        The page in it.
    pages : set of str
        The names of all pages.
    site : str
        The site's address with a slash at its end, or an empty string.
    """

    def __init__(self, out: Path, name: str, pages: set[str], site: str) -> None:
        super().__init__((out / name).read_text("utf-8"), out / name)
        self.out, self.name, self.pages, self.site = out, name, pages, site

    def __str__(self) -> str:
        return self.soup.decode(formatter="minimal")

    def settle(self) -> None:
        """Take out what needs a script, and write the page."""
        for instrument in self.soup.find_all("div", class_="instrument"):
            self.stand_still(instrument)
        names: set[str] = set()
        for tag in self.soup.find_all(True):
            if tag.decomposed:
                continue
            if tag.get("id") in names:
                del tag["id"]  # sphinx-proof and sphinx-exercise name all their boxes alike
            names.add(str(tag.get("id")))
            tag.attrs.pop("valign", None)  # of pandas' tables; no longer HTML
            match tag.name:
                case "script" | "style" | "svg":  # the last are marks of the theme
                    tag.decompose()
                case _ if "hidden" in tag.attrs or "expanded" in tag.get_attribute_list("class"):
                    tag.decompose()
                case "p" if tag.find_parent("summary"):
                    tag.name = "span"
                case "p" if tag.find(BLOCKS):  # numpydoc's lists of what is returned
                    tag.name = "div"
                case "img" if "toggler" in tag.get_attribute_list("class"):
                    tag.decompose()
                case "link" if self.path(tag["href"]) not in STYLES:
                    tag.decompose()
                case "a" if "href" in tag.attrs:
                    self.lead(tag)
                case "img" if str(tag["src"]).startswith("data:"):
                    self.keep_image(tag)
                case "math":
                    tag["alttext"] = tag.annotation.text if tag.annotation else tag.text
                case "span" if "math" in tag.get_attribute_list("class"):
                    self.keep_mark(tag)
        self.write()

    def path(self, address: object) -> str:
        """The file that an address of this page is, from the folder of all."""
        return posixpath.normpath(
            posixpath.join(posixpath.dirname(self.name), unquote(urlsplit(str(address)).path))
        )

    def images(self) -> set[str]:
        """The files of its images."""
        return {self.path(image["src"]) for image in self.soup.find_all("img")}

    def stand_still(self, instrument: Tag) -> None:
        """Put an instrument's picture in its place, and where it moves."""
        still = instrument.find("div", class_="instrument-still")
        assert isinstance(still, Tag)
        where = self.soup.new_tag("p", attrs={"class": "on-the-site"})
        where.append("On the book's site, you can move what you see here")
        if self.site:
            address = self.site + self.name.replace(".xhtml", ".html")
            where.append(": ")
            where.append(self.soup.new_tag("a", string=address, attrs={"href": address}))
        where.append(".")
        instrument.replace_with(still)
        still.append(where)

    def lead(self, link: Tag) -> None:
        """Let a link to what is not in here lead to the site, where its address is known."""
        parts = urlsplit(str(link["href"]))
        target = self.path(link["href"]) if parts.path else self.name
        if parts.scheme or target in self.pages:
            return
        if self.site:
            link["href"] = f"{self.site}{target}" + (f"#{parts.fragment}" if parts.fragment else "")
        else:
            link.unwrap()

    def keep_image(self, image: Tag) -> None:
        """Write an image that is part of the page into a file, as e-readers want it."""
        about, _, content = str(image["src"]).partition(";base64,")
        suffix = about.rpartition("/")[2].removesuffix("+xml")
        name = f"_images/{hashlib.sha256(content.encode()).hexdigest()[:20]}.{suffix}"
        (self.out / name).write_bytes(base64.b64decode(content))
        image["src"] = posixpath.relpath(name, posixpath.dirname(self.name))


def without_twins(svg: str) -> str:
    """An SVG of which no two parts have one name, as matplotlib names pictures that are alike."""
    names: set[str] = set()

    def once(found: re.Match[str]) -> str:
        new = found[1] not in names
        names.add(found[1])
        return found[0] if new else ""

    return re.sub(r' id="([^"]*)"', once, svg)


def draw_cover(app: Sphinx, file: Path) -> None:
    """Draw title, author and, where the book has its cover page, the figure of that."""
    figure = Figure(figsize=(6, 9), facecolor="white")
    figure.set_layout_engine("none")
    figure.text(0.5, 0.8, str(app.config.epub_title).replace(", ", ",\n"), size=34, ha="center")
    figure.text(0.5, 0.12, str(app.config.epub_author), size=16, ha="center")
    drawing = figures.kept(app, "fig-cover.svg")
    if drawing.exists():
        axes = figure.add_axes((0.06, 0.25, 0.88, 0.5))
        axes.imshow(Image.open(io.BytesIO(figures.as_png(drawing.read_text("utf-8")))))
        axes.axis("off")
    figure.savefig(file, dpi=200)


def complete_list(file: Path, with_formulas: set[str]) -> None:
    """Say in the list of files what Sphinx leaves out: cover, formulas, accessibility."""
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    tree = ET.parse(file)
    for item in tree.iterfind("manifest/item", NAMESPACES):
        if unquote(item.attrib["href"]) in with_formulas:
            item.set("properties", "mathml")
        elif item.attrib["href"] == COVER:
            item.set("properties", "cover-image")
    metadata = tree.find("metadata", NAMESPACES)
    assert metadata is not None
    for name, values in ACCESSIBLE.items():
        for value in values:
            ET.SubElement(metadata, "meta", property=f"schema:{name}").text = value
    tree.write(file, encoding="utf-8", xml_declaration=True)
