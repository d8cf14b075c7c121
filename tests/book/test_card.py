"""The picture beside links to the site: there where the site's address is known, and only there."""

from types import SimpleNamespace

import pytest
import torch
from matplotlib.image import imread

from labcode.experiments.cover import Column
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
    column = Column("PCA", torch.full((3, 28, 28), 0.5), 0.02)
    monkeypatch.setattr(site.cover, "gallery", lambda profile: {"one": [column] * 8})
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
