"""A section shows long runs where the record has all that it reads, else short ones."""

from types import SimpleNamespace

import pytest

from labcode import experiments
from labcode.claims.rules import Outcome
from labcode.designs.profiles import PROFILES
from labcode.experiments import ae_versus_pca, denoising, dense_versus_cnn
from labcode.experiments.ae_versus_pca import axes, centring, subspace
from labcode.experiments.denoising import claims, clipping
from labcode.experiments.dense_versus_cnn import as_run, sharing
from labcode.runs import provenance, record
from labcode.runs.measured import trains

FULL, BOOK = PROFILES["full"], PROFILES["book"]


@pytest.fixture
def recorded(monkeypatch):
    """A record that has whatever a test puts in, by spec."""
    found = {}
    monkeypatch.delenv("LABCODE_PROFILE", raising=False)
    monkeypatch.setattr(experiments.runs, "recorded", lambda spec: found.get(spec))
    return found


def put(recorded, *designs):
    for one in designs:
        for spec in one.specs(FULL):
            about = ["full", 0, 1.0, "2026-11-26", "any", {}]
            recorded[spec] = record.Row(str(len(recorded)), "", spec.title, *about)


def names(*readers):
    return [one.name for one in experiments.designs_of(*readers)]


def test_what_is_read_is_found_in_the_code():
    assert names(subspace) == ["exact", "minibatch"]
    assert names(clipping.gaps) == names(claims.c10) == ["conditions"]
    assert names(sharing.slowdown) == ["replicas"]
    assert names(axes.recovery, axes.own_columns) == ["ordered", "recovery"]
    assert {*names(as_run), *names(clipping)} <= {*names(dense_versus_cnn), *names(denoising)}


def test_a_section_shows_long_runs_if_all_that_it_reads_is_recorded(recorded):
    assert experiments.profile_of(subspace) == BOOK
    put(recorded, subspace.exact)
    assert experiments.profile_of(subspace) == BOOK
    put(recorded, subspace.minibatch)
    assert experiments.profile_of(subspace) == FULL
    assert experiments.profile_of(subspace.ends, subspace.exact) == FULL
    assert experiments.profile_of(subspace, axes) == BOOK
    assert experiments.profile_of(centring) == FULL  # it trains nothing


def test_a_claim_is_decided_by_long_runs_only(recorded, monkeypatch):
    def outcomes():
        return {verdict.claim: verdict.outcome for verdict in experiments.verdicts()}

    assert set(outcomes().values()) == {Outcome.OPEN}
    put(recorded, clipping.conditions)
    assert experiments.profile_of(claims.c10) == FULL
    monkeypatch.setattr(
        claims.c10, "verdict", lambda profile: SimpleNamespace(claim="C10", outcome=profile)
    )
    assert outcomes()["C10"] == FULL


def test_what_a_chapter_shows_is_long_or_short_by_section(recorded):
    put(recorded, subspace.exact, subspace.minibatch)
    shown = set(experiments.shown("ae-versus-pca"))
    assert set(subspace.exact.specs(FULL)) <= shown
    assert set(axes.recovery.specs(BOOK)) <= shown
    closed = {spec for spec in ae_versus_pca.specs(FULL) if not trains(spec)}
    assert closed <= shown
    sections = {section.name: section for section in experiments.sections_shown("ae-versus-pca")}
    assert sections["ae_versus_pca.subspace"].profile == FULL
    assert len(sections["ae_versus_pca.subspace"].rows) == len(set(recorded))
    assert sections["ae_versus_pca.axes"].profile == BOOK
    assert not sections["ae_versus_pca.axes"].rows
    assert "ae_versus_pca.centring" not in sections


def test_a_named_profile_is_shown_everywhere(recorded, monkeypatch):
    put(recorded, subspace.exact, subspace.minibatch)
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    assert experiments.profile_of(subspace) == PROFILES["smoke"]
    assert experiments.shown("denoising") == denoising.specs(PROFILES["smoke"])


def test_a_line_of_a_model_edited_leaves_its_rows_unused(monkeypatch):
    """The key of what trains LabCNN changes, that of other networks does not."""
    from labcode import runs

    [cnn, *_] = clipping.conditions.specs(FULL)
    [linear, *_] = subspace.minibatch.specs(FULL)
    before = runs.key(cnn), runs.key(linear)
    name = "labcode.models.conv"
    edited = provenance.SOURCES[name].replace("self.decoder = ", "self.decoder =  1 and ", 1)
    assert edited != provenance.SOURCES[name]
    monkeypatch.setitem(provenance.SOURCES, name, edited)
    assert runs.key(cnn) != before[0] and runs.key(linear) == before[1]
