"""Addresses, buttons and markup of the site."""

from pathlib import Path

import pytest

from measured_book import markup, site


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("Owner/book", "https://owner.github.io/book/"),
        ("Owner/owner.github.io", "https://owner.github.io/"),
        ("", ""),
    ],
)
def test_the_address_follows_from_the_repository(monkeypatch, repository, address):
    monkeypatch.delenv("LABCODE_SITE", raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", repository)
    assert site.site_address() == address


def test_a_given_address_comes_first(monkeypatch):
    monkeypatch.setenv("LABCODE_SITE", "https://example.org/ae")
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/book")
    assert site.site_address() == "https://example.org/ae/"


def test_a_malformed_repository_is_named(monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "https://github.com/owner/book")
    with pytest.raises(SystemExit, match="owner/name"):
        site.repository()


@pytest.mark.parametrize("name", ["", "owner/book"])
def test_chapters_have_launch_buttons_only_where_the_repository_is_known(monkeypatch, name):
    monkeypatch.setenv("GITHUB_REPOSITORY", name)
    context = {"header_buttons": []}
    site.add_launch_buttons(None, "book/data", "page.html", context, None)
    urls = [b["url"] for menu in context["header_buttons"] for b in menu["buttons"]]
    assert urls == (
        [
            "https://colab.research.google.com/github/owner/book/blob/notebooks/data.ipynb",
            "https://mybinder.org/v2/gh/owner/book/notebooks?urlpath=lab/tree/data.ipynb",
        ]
        if name
        else []
    )


def finished(text: str, file: Path, eager: int = 0) -> str:
    page = markup.Page(text, file)
    page.finish(eager)
    return str(page)


@pytest.mark.parametrize("eager", [0, 1])
def test_images_get_their_size_and_those_below_the_first_screen_are_lazy(tmp_path: Path, eager):
    (tmp_path / "a.svg").write_text('<svg width="300pt" height="90pt">')
    page = (
        '<html><head></head><body><img src="a.svg" /><img src="a.svg" />'
        '<span class="math"><math></math></span>.</body></html>'
    )
    once = finished(page, tmp_path / "page.html", eager)
    assert once.count('width="400" height="120"') == 2
    assert once.count('loading="lazy"') == 2 - eager
    assert finished(once, tmp_path / "page.html", eager) == once


def test_only_files_of_the_site_are_offered_for_saving(tmp_path: Path):
    for address, marked in (
        ("../notebooks/data.ipynb", True),
        ("../notebooks/all.zip", True),
        ("https://colab.research.google.com/github/owner/book/blob/notebooks/data.ipynb", False),
        ("https://github.com/owner/book/edit/main/book/data.md", False),
    ):
        page = f'<html><head></head><body><a href="{address}" target="_blank"></a></body></html>'
        after = finished(page, tmp_path / "page.html")
        assert (f'<a href="{address}" download>' in after) == marked
        assert ('target="_blank"' in after) != marked
