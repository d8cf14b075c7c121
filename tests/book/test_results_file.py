"""`results.json` holds every number that the pages show, as its schema says, and is never stale."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from labcode.audit import results
from labcode.claims import CLAIMS
from labcode.claims.rules import RULES
from labcode.experiments import CHAPTERS
from tests.book.conftest import kept
from tests.book.test_faults import PAGE, Site

pytestmark = pytest.mark.book
SCHEMA = json.loads((Path(__file__).parents[2] / "book" / "results.schema.json").read_text())


class Quoted(HTMLParser):
    """The texts of a page that its cells computed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "span" and "pasted-text" in (dict(attrs).get("class") or ""):
            self.texts.append("")
            self._inside = True

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "span"

    def handle_data(self, data):
        if self._inside:
            self.texts[-1] += data


def quoted(file: Path) -> list[str]:
    html = file.read_text("utf-8")
    return Quoted(html[html.index("<article") : html.index("</article>")]).texts


def typed(text: str) -> str:
    """A text as it was before the page set its quotation marks and broke its lines."""
    return " ".join(text.translate(str.maketrans("’‘“”", "''\"\"")).split())


@pytest.fixture(scope="module")
def content(book):
    return json.loads((book.root / "_build" / "html" / "results.json").read_text())


def test_the_schema_is_one_and_stands_beside_the_results(book):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    served = book.root / "_build" / "html" / "results.schema.json"
    assert json.loads(served.read_text()) == SCHEMA


def test_every_field_is_described():
    for kind in [SCHEMA, *SCHEMA["$defs"].values()]:
        for name, field in kind["properties"].items():
            assert field.get("description") or "$ref" in field or "type" in field, name
        assert set(kind["required"]) <= set(kind["properties"])


def test_the_results_are_as_the_schema_says(content):
    jsonschema.Draft202012Validator(SCHEMA).validate(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: c["verdicts"][0].pop("rule"),
        lambda c: c["verdicts"][0].update(outcome="perhaps"),
        lambda c: c["numbers"][0].update(value="3"),
        lambda c: next(iter(c["profiles"].values())).update(more=1),
        lambda c: c.pop("checksum"),
    ],
)
def test_the_schema_sees_what_is_not_so(content, damage):
    damaged = json.loads(json.dumps(content))
    damage(damaged)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(damaged)


def test_every_quoted_text_of_every_page_is_there(book, content):
    for chapter in CHAPTERS:
        page = f"book/{chapter}"
        shown = quoted(book.pages / f"{chapter}.html")
        noted = [
            number["text"]
            for number in content["numbers"]
            for place in number["places"]
            if place["page"] == page
        ]
        assert sorted(map(typed, noted)) == sorted(map(typed, shown))
        assert shown


def test_numbers_carry_the_fingerprint_in_the_foot_of_their_page(book, content):
    for number in content["numbers"]:
        foot = (book.root / "_build" / "html" / f"{number['page']}.html").read_text()
        assert f"by labcode {number['fingerprint']}" in foot


def test_places_are_addresses_in_the_site(book, content):
    pages = {}
    for number in content["numbers"]:
        for place in number["places"]:
            page = place["page"]
            if page not in pages:
                pages[page] = (book.root / "_build" / "html" / f"{page}.html").read_text()
            for anchor in filter(None, (place["section"], place["figure"])):
                assert f'id="{anchor}"' in pages[page]


def test_all_fourteen_verdicts_are_there_and_short_runs_decide_none(content):
    assert [verdict["claim"] for verdict in content["verdicts"]] == list(CLAIMS)
    for verdict in content["verdicts"]:
        assert verdict["outcome"] == "not decided in this build" and not verdict["numbers"]
        assert verdict["rule"] == RULES[verdict["claim"]].words
    boxes = {c for n in content["numbers"] for place in n["places"] for c in place["claims"]}
    assert boxes == set(CLAIMS)


def test_every_chapter_has_its_runs(content):
    assert list(content["chapters"]) == list(CHAPTERS)
    for chapter, listed in content["chapters"].items():
        assert listed or chapter == "claims"
        assert len({run["key"] for run in listed}) == len(listed)


def test_verify_finds_nothing_in_what_was_just_built(book):
    command = [sys.executable, "-m", "labcode", "verify", "--sample", "1", "--tolerance", "1e-6"]
    environment = os.environ | {"PYTHONPATH": str(book.root), "LABCODE_PROFILE": "smoke"}
    done = subprocess.run(
        command, cwd=book.root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "verdicts held against their rules" in done.stdout


# ---- what is not read again, with a small site

ONE = """
from labcode.quotes import quote
quote(count="{count}", unseen="7", words="it's so")"""
PROSE = """
(sec-here)=
## Here

Computed: {{glue:text}}`{name}`.
"""


@pytest.fixture(scope="module")
def site_as_built(tmp_path_factory) -> tuple[Site, dict]:
    folder = tmp_path_factory.mktemp("site")
    site = Site(folder / "copy", folder / "cache")
    write_pages(site, "3 [1, 5]")
    return site, build(site)[0]


@pytest.fixture
def site(site_as_built) -> Iterator[Site]:
    """Built once, whatever the tests before did with it."""
    with kept(site_as_built[0].root):
        yield site_as_built[0]


@pytest.fixture
def first(site_as_built) -> dict:
    """The results of the first build."""
    return site_as_built[1]


def write_pages(site: Site, count: str) -> None:
    one = PAGE.format(name="one", code=ONE.format(count=count)) + PROSE.format(name="count")
    two = PAGE.format(name="two", code="1 + 1") + PROSE.format(name="one.md::count:s")
    (site.root / "book" / "one.md").write_text(one.replace("sec-here", "sec-one"))
    (site.root / "book" / "two.md").write_text(two.replace("sec-here", "sec-two"))


def build(site: Site) -> tuple[dict, str]:
    status, shown = site.build()
    assert status == 0, shown[-3000:]
    return results.read(site.root / "_build" / "html" / "results.json"), shown


def by_name(content: dict) -> dict[str, dict]:
    return {number["name"]: number for number in content["numbers"]}


def places(*pages: str) -> list[dict]:
    return [
        {"page": f"book/{page}", "section": f"sec-{page}", "figure": None, "claims": []}
        for page in pages
    ]


def test_a_number_is_read_with_its_interval_and_all_its_places(site, first):
    jsonschema.Draft202012Validator(SCHEMA).validate(
        json.loads((site.root / "_build" / "html" / "results.json").read_text())
    )
    count = by_name(first)["count"]
    assert (count["value"], count["low"], count["high"]) == (3, 1, 5)
    assert count["page"] == "book/one" and count["places"] == places("one", "two")
    assert by_name(first)["words"]["text"] == "it's so"
    assert by_name(first)["unseen"]["places"] == []


def test_a_build_in_which_no_page_is_read_writes_the_same(site, first):
    second, shown = build(site)
    assert "Executed notebook" not in shown
    assert second == first


def test_an_edited_page_leaves_the_other_and_reaches_all_that_quote_it(site):
    write_pages(site, "4 [2, 6]")
    content, shown = build(site)
    assert len(re.findall("Executed notebook", shown)) == 1
    assert by_name(content)["count"]["value"] == 4
    assert by_name(content)["count"]["places"] == places("one", "two")
    for page in ("one", "two"):
        assert quoted(site.root / "_build" / "html" / "book" / f"{page}.html") == ["4 [2, 6]"]


def test_a_page_from_the_cache_is_in_the_results(site, first):
    for pickled in (site.root / "_build").glob("**/environment.pickle"):
        pickled.unlink()
    after, shown = build(site)
    assert "Executed notebook" not in shown
    assert after == first


def test_a_page_that_is_gone_is_gone_from_the_results(site):
    (site.root / "_toc.yml").write_text("format: jb-book\nroot: book/one\n")
    content, _ = build(site)
    assert by_name(content)["count"]["places"] == places("one")
