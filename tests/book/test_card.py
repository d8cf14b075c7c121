"""The picture beside links to the site: there where the site's address is known, and only there."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from matplotlib.image import imread

from measured_book import site


@pytest.fixture
def app(tmp_path):
    (tmp_path / "_static").mkdir()
    return SimpleNamespace(
        outdir=tmp_path,
        builder=SimpleNamespace(name="html"),
        env=SimpleNamespace(found_docs={"book/index"}),
        config=SimpleNamespace(html_baseurl="https://example.org/book/"),
    )


def test_the_picture_is_wide_and_every_page_names_it(app, monkeypatch):
    pixels = (("treatment", "garment", "row", "column"), np.full((8, 3, 28, 28), 0.5))
    table = xr.Dataset(
        {"pixels": pixels, "error": ("treatment", [0.02] * 8)},
        {"treatment": [f"{i}" for i in range(8)], "group": ("treatment", ["one"] * 8)},
    )
    monkeypatch.setattr(site.cover, "gallery", lambda: table)
    site.draw_card(app, None)
    height, width, _ = imread(app.outdir / site.CARD).shape
    assert 1000 < width < 1400 and 1.5 < width / height < 2.2
    context = {"metatags": "<meta first>"}
    site.name_card(app, "page", "page.html", context, None)
    assert context["metatags"].startswith("<meta first>")
    assert 'og:image" content="https://example.org/book/_static/card.png"' in context["metatags"]


def test_there_is_none_without_an_address(app, monkeypatch):
    monkeypatch.setattr(app.config, "html_baseurl", "")
    context = {}
    site.name_card(app, "page", "page.html", context, None)
    site.draw_card(app, None)
    assert not context and not (app.outdir / site.CARD).exists()
