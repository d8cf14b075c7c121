"""The record in the repository is enough: what a section shows of it trains nothing."""

import pytest

from labcode import experiments
from labcode.runs import record
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.curve import CurveSpec
from labcode.training.networks import RunSpec

CHAPTERS = [chapter for chapter, packages in experiments.CHAPTERS.items() if packages]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_tables_of_recorded_sections_come_from_the_record_alone(
    chapter, empty_cache, fashion_mnist, monkeypatch
):
    """In an empty cache, with networks that refuse to train."""
    monkeypatch.delenv("LABCODE_PROFILE", raising=False)

    def refuse(spec, device="auto"):
        raise AssertionError(f"{spec.title} is trained, although its section is recorded")

    for kind in (RunSpec, CovarianceRunSpec, CurveSpec):
        monkeypatch.setattr(kind, "train", refuse)
    for shown in experiments.sections_shown(chapter):
        if shown.rows and shown.profile == experiments.RECORDED:
            module = experiments.section(chapter, shown.name.rpartition(".")[2])
            for design in experiments.designs_of(module):
                assert design.table(shown.profile).sizes


def test_every_row_says_where_it_comes_from_and_when():
    for chapter in CHAPTERS:
        for row in record.rows(chapter):
            assert row.profile == "full" and row.processor and row.versions["torch"]
            assert row.date.startswith("20") and len(row.spec) == 32


def test_the_record_is_small():
    size = sum(file.stat().st_size for file in record.FOLDER.rglob("*") if file.is_file())
    assert size < 10 * 2**20
