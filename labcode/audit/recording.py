"""Making the record of long runs: what belongs in it, how long it takes, and its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from torch import Tensor

from labcode import experiments, runs
from labcode.audit.verification import difference_at_start
from labcode.claims.rules import RULES
from labcode.designs.profiles import Profile
from labcode.runs import Spec, record
from labcode.runs.definitions import code_of
from labcode.runs.measured import Measurement, trains
from labcode.runs.provenance import spec_hash
from labcode.training.loop import first_epochs

WHOLE = 20
ELSEWHERE = 3


def recordable(profile: Profile, chapter: str) -> list[Spec]:
    """A chapter's networks, and what is measured on them; what needs no training is left out.

    Designs that no page shows yet count too.
    """
    designs = experiments.designs_of(*experiments.modules_of(chapter))
    found = dict.fromkeys(experiments.specs(profile, chapter))
    found |= {spec: None for design in designs for spec in design.specs(profile)}
    return [spec for spec in found if trains(spec)]


def kind_of(spec: Spec) -> str:
    """What runs that differ in their seed have in common, by their titles."""
    return spec.title.partition(", seed")[0]


def missing(specs: Sequence[Spec]) -> list[Spec]:
    """Those that are neither in the record nor on disk."""
    return [spec for spec in specs if runs.recorded(spec) is None and not runs.is_kept(spec)]


def rows(profile: Profile, chapter: str) -> Iterator[record.Row]:
    """The rows that a chapter's file shall hold.

    Of each run its row in the record, or one made of the run on disk; where there is neither, an
    older row of the same spec under other code, which nothing shows, but which may be certified.
    """
    older = {row.spec: row for row in record.rows(chapter)}
    deciding = _deciding(profile)
    for spec in recordable(profile, chapter):
        if (row := runs.recorded(spec)) is not None:
            yield row
        elif runs.is_kept(spec):
            yield _row(profile, spec, deciding.get(spec, {}))
        elif (row := older.get(spec_hash(spec))) is not None:
            yield row


def out_of_date(profile: Profile, chapter: str) -> dict[Spec, record.Row]:
    """Runs of a chapter that the record has only under other code than today's, with that row."""
    older = {row.spec: row for row in record.rows(chapter)}
    return {
        spec: older[spec_hash(spec)]
        for spec in recordable(profile, chapter)
        if runs.recorded(spec) is None and spec_hash(spec) in older
    }


def certify(profile: Profile, chapter: str) -> int:
    """Take over rows of a chapter that other code trained, if a sample trained again agrees.

    For an edit that should change nothing. The first epoch of one run of each kind, and one in
    `WHOLE` runs to the end with what is measured on it, are trained with today's code, and agree
    to the bit. Rows of another kind of processor are held against the first `ELSEWHERE` epochs of
    these runs, within the drift that was measured; what is trained on the exact covariance, to its
    end.

    Returns
    -------
    int
        How many rows were taken over. They keep what was measured, and say what trained them.

    Raises
    ------
    ValueError
        If a number differs. Nothing is taken over then.
    """
    stale = out_of_date(profile, chapter)
    networks = [spec for spec in stale if not isinstance(spec, Measurement)]
    whole = networks[::WHOLE]
    kinds = {kind_of(spec): spec for spec in networks}
    for spec in kinds.values():
        with first_epochs(1):
            _same(spec, stale[spec], record.comparable(stale[spec]), spec.train("cpu").history)
    for spec in whole:
        if record.made_here(stale[spec]):
            _same(spec, stale[spec], record.comparable(stale[spec]), runs.get(spec).history)
        else:
            with first_epochs(ELSEWHERE):
                _same(spec, stale[spec], record.comparable(stale[spec]), spec.train("cpu").history)
    for spec, row in stale.items():
        parts = _parts(spec) if isinstance(spec, Measurement) else []
        if any(one in parts and record.made_here(stale[one]) for one in whole):
            _same(spec, row, row.result, runs.get(spec).weights)
    taken = {
        row.key: replace(row, key=runs.key(spec), certified=row.key) for spec, row in stale.items()
    }
    record.write(chapter, [taken.get(row.key, row) for row in record.rows(chapter)])
    return len(taken)


def _parts(spec: Measurement) -> list[Any]:
    return [value for _, value in spec.arguments]


def _same(
    spec: Spec, row: record.Row, kept: Mapping[str, Tensor], found: Mapping[str, Tensor]
) -> None:
    part = record.START if hasattr(spec, "epochs") else record.END
    allowed = 0.0 if record.made_here(row) else record.ROOM * record.drift()[part]
    for name in set(kept) & set(found):
        if difference_at_start(kept[name], found[name]) > allowed:
            raise ValueError(
                f"{spec.title}: {name} is another when it is trained with today's code, so its "
                "rows are not taken over. 'python -m labcode record' without --certify trains anew."
            )


def rule_hash(claim: str) -> str:
    """Hash of the rule of a claim: of its code and its margins, not of its words."""
    return code_of(RULES[claim].decide)[:16]


def changed_rules() -> dict[str, list[str]]:
    """The claims whose rule is another now than when their rows were recorded, with the dates."""
    found: dict[str, set[str]] = {}
    for row in (row for chapter in experiments.CHAPTERS for row in record.rows(chapter)):
        for claim, rule in row.rules.items():
            if rule != rule_hash(claim):
                found.setdefault(claim, set()).add(row.date)
    return {claim: sorted(dates) for claim, dates in found.items()}


def _deciding(profile: Profile) -> dict[Spec, dict[str, str]]:
    """By run, the claims that it may decide, with the hashes of their rules."""
    found: dict[Spec, dict[str, str]] = {}
    for claim, decision in experiments.decisions().items():
        for design in experiments.designs_of(decision):
            for spec in design.specs(profile):
                found.setdefault(spec, {})[claim] = rule_hash(claim)
    return found


def _row(profile: Profile, spec: Spec, rules: dict[str, str]) -> record.Row:
    run = runs.get(spec)
    seconds = run.history.get("seconds")
    small = {name: t for name, t in run.history.items() if t.numel() <= record.LONGEST}
    return record.Row(
        runs.key(spec),
        spec_hash(spec),
        spec.title,
        profile.name,
        getattr(spec, "seed", None),
        None if seconds is None else round(float(seconds.sum()), 1),
        datetime.now(UTC).date().isoformat(),
        record.processor(),
        record.versions(),
        rules,
        history={name: t for name, t in small.items() if not name.startswith("snapshot.")},
        result=run.weights if isinstance(spec, Measurement) else {},
    )
