"""The API pages list all of labcode; the contents, all chapters."""

import re
from pathlib import Path

from labcode.experiments import CHAPTERS
from labcode.runs import provenance

ROOT = Path(__file__).parents[2]
PAGES = re.findall(r"file: (book/api/\S+)", (ROOT / "_toc.yml").read_text())
LISTED = [
    module
    for page in PAGES
    for module in re.findall(r"^\.\. automodule:: (\S+)$", (ROOT / f"{page}.md").read_text(), re.M)
]


def test_the_api_pages_list_every_public_module_once():
    packages = {name for name in provenance.SOURCES if name.count(".") < 2}
    modules = {name for name in provenance.SOURCES if "._" not in name} - packages
    ground = {"labcode.cache_folder", "labcode.checks", "labcode.quotes", "labcode.experiments"}
    assert sorted(LISTED) == sorted(modules | ground)


def test_the_contents_list_every_chapter():
    contents = (ROOT / "_toc.yml").read_text()
    assert re.findall(r"^ {6}- file: book/(\S+)", contents, re.M)[: len(CHAPTERS)] == list(CHAPTERS)
