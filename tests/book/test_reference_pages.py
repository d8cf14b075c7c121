"""The API page lists all of labcode in the order of the data flow; the contents, all chapters."""

import re
from pathlib import Path

import pytest

from labcode import provenance
from labcode.experiments import CHAPTERS

ROOT = Path(__file__).parents[2]
LISTED = re.findall(r"^\.\. automodule:: (\S+)$", (ROOT / "book" / "api.md").read_text(), re.M)


def test_the_api_page_lists_every_public_module_once():
    packages = {"labcode", "labcode.models", "labcode.theory", "labcode.figures"}
    public = {name for name in provenance.SOURCES if "._" not in name} - packages
    assert sorted(LISTED) == sorted(public)


@pytest.mark.parametrize("module", LISTED)
def test_modules_import_only_what_stands_above_them(module):
    above = set(LISTED[: LISTED.index(module)])
    imported = set(provenance._parse(provenance.SOURCES[module]).imports) & set(LISTED)
    assert imported <= above


def test_the_contents_list_every_chapter():
    contents = (ROOT / "_toc.yml").read_text()
    assert re.findall(r"file: book/(\d\d-\S+)", contents) == list(CHAPTERS)
