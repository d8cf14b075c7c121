"""What readers take away: figures as files that agree, all in one archive, and how to cite."""

import csv
import io
import re
import zipfile

import matplotlib.pyplot as plt
import numpy as np
import pytest

from labcode.experiments import CHAPTERS

FIGURE = re.compile(r'<figure[^>]*id="(fig-[\w-]+)".*?</figure>', re.S)


def figures(book) -> dict[str, str]:
    """The markup of each drawn figure of the site, by its label."""
    pages = [(book.pages / f"{page}.html").read_text("utf-8") for page in ("index", *CHAPTERS)]
    return {
        found[1]: found[0]
        for page in pages
        for found in FIGURE.finditer(page)
        if "latent-explorer" not in found[0] and 'class="instrument ' not in found[0]
    }


@pytest.fixture(scope="module")
def archive(book) -> zipfile.ZipFile:
    with zipfile.ZipFile(book.site / "figures/autoencoders-measured-figures.zip") as opened:
        yield opened


def test_each_figure_leads_to_its_drawing_and_its_pixels(book):
    found = figures(book)
    assert len(found) > 60
    for label, markup in found.items():
        for kind in ("svg", "png"):
            assert f'href="../figures/{label}.{kind}"' in markup, label
        drawing = (book.site / f"figures/{label}.svg").read_text("utf-8")
        shown = re.search(r'<img[^>]*src="../(_images/[^"]+\.svg)"', markup)
        assert (book.site / shown[1]).read_text("utf-8").strip() == drawing.strip(), label


def test_the_pixels_are_those_of_the_drawing(book):
    """Sizes agree, and the figure is dark on white: not blank, not transparent."""
    for file in sorted((book.site / "figures").glob("*.png")):
        opening = re.search(r"<svg\b[^>]*>", file.with_suffix(".svg").read_text("utf-8"))[0]
        width, height = (
            float(re.search(rf'{name}="([\d.]+)pt"', opening)[1]) for name in ("width", "height")
        )
        pixels = plt.imread(file)
        assert np.allclose(pixels.shape[:2], [height * 8 / 3, width * 8 / 3], atol=2), file
        assert pixels[..., 3].min() == 1 and pixels[..., :3].std() > 0.02, file


def test_the_archive_has_every_figure_with_its_words_and_the_licence(book, archive):
    root = "autoencoders-measured-figures"
    names = set(archive.namelist())
    text = archive.read(f"{root}/README.md").decode()
    assert b"CC BY 4.0" in archive.read(f"{root}/LICENSE-prose")
    for label, markup in figures(book).items():
        assert {f"{root}/{label}.svg", f"{root}/{label}.png"} <= names
        alternative = re.search(r'<img[^>]*alt="([^"]+)"', markup)[1]
        entry = text.partition(f"## {label}\n")[2].partition("\n## ")[0]
        assert re.search(r"^Fig\. \d+(\.\d+)?\.|^Fig\.? ?|\w", entry), label
        assert " ".join(alternative.split())[:60].replace("&amp;", "&") in entry, label
    for name in names:
        if name.endswith(".csv"):
            assert archive.read(name) == (book.site / "figures" / name.split("/")[1]).read_bytes()
            assert list(csv.DictReader(io.StringIO(archive.read(name).decode())))
    assert not re.search(r"\{\w+\}`|::", text)


@pytest.mark.parametrize("page", ["index", *CHAPTERS])
def test_the_foot_of_a_page_leads_to_how_it_is_cited(book, page):
    foot = (book.pages / f"{page}.html").read_text("utf-8").partition('class="page-foot"')[2]
    anchor = re.search(r'href="cite.html#(cite-[a-z-]+)">Cite this page<', foot)[1]
    cited = (book.pages / "cite.html").read_text("utf-8")
    assert f'id="{anchor}"' in cited
    if page != "index":
        assert anchor == f"cite-{page}" and f"{book.address}book/{page}.html" in cited
