"""Addresses, buttons and markup of the site."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from measured_book import markup, notebooks, site


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


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("example.org/book", "https://example.org/book/"),
        ("example.org", "https://example.org/"),
        ("http://localhost:8000", "http://localhost:8000/"),
        (" https://example.org/a/b// ", "https://example.org/a/b/"),
        ("", ""),
    ],
)
def test_trial_an_address_without_its_scheme_is_completed(monkeypatch, given, address):
    """Before: `example.org/book` was taken as it is, for links and for the wheel's address."""
    monkeypatch.setenv("LABCODE_SITE", given)
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert site.site_address() == address


@pytest.mark.parametrize(
    "given",
    ["book", "/srv/book", "file:///srv/book", "ftp://example.org", "https://", "a b.org",
     "https://example.org/?page=1", "https://example.org/#top", "//example.org"],
)  # fmt: skip
def test_trial_what_is_no_address_is_refused(monkeypatch, given):
    monkeypatch.setenv("LABCODE_SITE", given)
    with pytest.raises(SystemExit, match="such as https://example.org/book"):
        site.site_address()


def test_trial_print_is_light_from_a_dark_screen(browser):
    page = browser.new_page()
    page.set_content(f'<html data-theme="dark"><script>{site.PRINT_IN_LIGHT}</script></html>')
    theme = "document.documentElement.dataset.theme"
    for media, expected in (("print", "light"), ("screen", "dark"), ("print", "light")):
        page.emulate_media(media=media)
        page.wait_for_function(f"{theme} === '{expected}'")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(theme) == "dark"
    page.close()


NOT_FOUND = (
    '<html data-content_root="./"><head><link href="_static/a.css"><script src="_static/a.js">'
    '</script></head><body><a href="#main">Skip</a><a href="book/index.html">Cover</a>'
    '<a href="https://other.org/">Other</a><form action="search.html"></form></body></html>'
)


def test_trial_the_page_for_no_address_has_full_addresses_and_its_skip_link_stays(tmp_path):
    """Before: `<base>` sent "Skip to main content" to the cover."""
    page = markup.Page(NOT_FOUND, tmp_path / "404.html")
    page.show_anywhere("https://example.org/ae/")
    shown = str(page)
    assert "<base" not in shown and 'href="#main"' in shown and "https://other.org/" in shown
    for address in ("_static/a.css", "_static/a.js", "book/index.html", "search.html", '"'):
        assert f'"https://example.org/ae/{address}' in shown
    page.show_anywhere("https://example.org/ae/")
    assert str(page) == shown


def test_trial_the_page_for_no_address_is_self_contained_where_the_address_is_unknown(tmp_path):
    """Before: no styles, and a dead link."""
    page = markup.Page(NOT_FOUND, tmp_path / "404.html")
    page.show_anywhere("")
    assert "No page here" in str(page) and "<style>" in str(page)
    assert not page.soup.find_all(["a", "link", "script", "img"])


def test_trial_notebooks_convert_to_a_script_of_python():
    """Before, `jupyter nbconvert --to script` wrote a .txt with `%pip` in it."""
    exporters = pytest.importorskip("nbconvert.exporters")
    cells = [new_code_cell("%pip install wheel\n1 + 1")]
    notebook = new_notebook(cells=cells, metadata=notebooks.METADATA)
    script, resources = exporters.ScriptExporter().from_notebook_node(notebook)
    assert resources["output_extension"] == ".py"
    ast.parse(script)


PIP_INTO_THE_USERS_FOLDER = """
    about = Path(site.getusersitepackages(), "autoencoders_measured-1.0+abc.dist-info", "METADATA")
    about.parent.mkdir(parents=True)
    about.write_text("Name: autoencoders-measured\\nVersion: 1.0+abc\\n")"""


def test_trial_what_pip_puts_into_a_new_user_folder_is_found(tmp_path):
    """Before: "could not be installed", since the folder did not exist when the kernel started."""
    cell = notebooks.first_cell("data", "1.0+abc", "https://example.org/a.whl")
    install = re.sub(r"\n    %pip install.*", lambda _: PIP_INTO_THE_USERS_FOLDER, cell)
    install = install.partition("\n# Finds or fetches")[0]
    offline = "import socket\nsocket.create_connection = lambda *a, **k: socket.socket(-1, -1)\n"
    environment = {"PYTHONUSERBASE": str(tmp_path / "user"), "PATH": os.environ["PATH"]}
    python = sys._base_executable  # that of an environment looks at no user's folder
    done = subprocess.run(
        [python, "-c", offline + install],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "Installing labcode" in done.stdout, done.stderr


def test_trial_no_notebook_is_offered_where_none_is_made():
    """Before: with `--builder dirhtml`, every download was a 404."""
    menu = {"label": "download-buttons", "buttons": []}
    context = {"pathto": lambda target, _: target, "header_buttons": [menu]}
    for builder, offered in (("dirhtml", 0), ("html", 4)):
        app = SimpleNamespace(builder=SimpleNamespace(name=builder))
        notebooks.offer_notebook(app, "book/data", "page.html", context, None)
        assert len(menu["buttons"]) == offered


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


def test_icons_are_drawn_by_a_script_where_the_theme_has_no_font(tmp_path):
    """As from sphinx-book-theme 1.4 on: without the script a page would have no icon."""
    text = '<html><head><script src="_static/scripts/fontawesome.js?v=1"></script></head></html>'
    page = tmp_path / "book" / "page.html"
    assert "fontawesome.js" in finished(text, page)
    font = tmp_path / markup.ICONS
    font.parent.mkdir(parents=True)
    font.touch()
    assert "fontawesome.js" not in finished(text, page)


def test_styles_stay_as_they_are_where_the_theme_has_no_font(tmp_path):
    (tmp_path / markup.STYLES).parent.mkdir(parents=True)
    (tmp_path / markup.STYLES).write_text('.fa-ghost:before{content:"\\f6e2"}')
    markup.thin_icons(tmp_path, set())
    assert "fa-ghost" in (tmp_path / markup.STYLES).read_text()
