"""The command line: `train`, `record`, `export`, `import`, `verify` runs; `verdicts`; a `lab`."""

import argparse
import functools
import io
import os
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import joblib

from labcode import checks, claims, experiments, runs
from labcode.audit import drift, proof, recording, results, verification
from labcode.claims.rules import Outcome
from labcode.data import own, sets
from labcode.designs.design import Design
from labcode.experiments import own_data
from labcode.instruments.lab import lab
from labcode.runs import Spec, clusters, estimate, record
from labcode.runs import archive as run_archive
from labcode.training.loop import choose_device

RESULTS = Path("_build/html/results.json")
MISUSE = 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISUSE, f"labcode: {message}. See {self.prog} --help.\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status: 2 if it asks for what there is not."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale may lack some letters
    options = _parser().parse_args(arguments)
    try:
        if options.command == "train":
            _train(options)
        elif options.command == "record":
            _record(options)
        elif options.command == "lab":
            _lab(options)
        elif options.command == "verdicts":
            _verdicts(options)
        elif options.command == "verify":
            return _verify(options)
        else:
            _transfer(options)
    except runs.MENDABLE as problem:
        print(f"labcode: {problem}", file=sys.stderr)
        return MISUSE if isinstance(problem, ValueError) else 1
    except KeyboardInterrupt:
        print("labcode: stopped; finished runs are kept.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m labcode",
        description=__doc__,
        epilog="example: python -m labcode train --chapter ae-versus-pca",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, purpose: str, example: str) -> argparse.ArgumentParser:
        epilog = f"example: python -m labcode {example}"
        return commands.add_parser(name, help=purpose, description=purpose, epilog=epilog)

    train = command(
        "train",
        "train what the book needs and is not on disk yet",
        "train --chapter ae-versus-pca --jobs 2",
    )
    keep = command(
        "record",
        "train long what the record lacks, and record it",
        "record --chapter denoising --section clipping",
    )
    keep.add_argument(
        "--section", help="only this module of the chapter's experiments (default: all)"
    )
    keep.add_argument(
        "--design", help="only this design of the section, such as tuning (default: all)"
    )
    keep.add_argument(
        "--certify",
        action="store_true",
        help="take over rows of other code: train first epochs and a share of whole runs again, "
        "and accept the rest if these agree",
    )
    keep.add_argument(
        "--drift",
        action="store_true",
        help="measure how far recorded curves drift under other instruction sets, and keep that",
    )
    for one in (train, keep):
        one.add_argument("--jobs", type=_whole(1), help="runs side by side (default: one a core)")
        one.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
        one.add_argument(
            "--backend",
            default=clusters.HERE,
            choices=sorted({*joblib.parallel.BACKENDS, *clusters.PACKAGES}),
            help="of joblib (default: loky, this machine's processes)",
        )
        one.add_argument("--address", help="of the cluster, for dask and ray")
    export = command("export", "put trained runs into one archive", "export runs.zip")
    take_in = command(
        "import", "take in runs that another machine exported", "import runs.zip --chapter data"
    )
    for one in (export, take_in):
        one.add_argument("archive", type=Path)
    for one in (train, keep, export, take_in):
        one.add_argument(
            "--chapter", choices=experiments.CHAPTERS, help="only this one (default: all)"
        )
    _add_lab(command)
    verdicts = command(
        "verdicts", "decide a chapter's claims, and print them", "verdicts ae-versus-pca"
    )
    verdicts.add_argument("chapter", choices=experiments.CHAPTERS)
    verify = command(
        "verify", "check numbers and verdicts, train runs again", "verify --sample 5 --seed 0"
    )
    verify.add_argument(
        "--up-to-date",
        action="store_true",
        help="also fail where code that trained recorded runs has changed since",
    )
    verify.add_argument("--results", type=Path, help=f"default: {RESULTS}, if it is there")
    verify.add_argument("--sample", type=_whole(0), default=3, help="how many runs (default: 3)")
    verify.add_argument("--seed", type=int, help="decides which runs (default: another each time)")
    verify.add_argument(
        "--budget",
        type=_amount,
        default=2e10,
        help="most that the runs may cost together, in image passes x weights (default: 2e10)",
    )
    verify.add_argument(
        "--tolerance",
        type=_amount,
        default=verification.TOLERANCE,
        help="largest relative difference that a run trained again may have "
        f"(default: {verification.TOLERANCE}; on the machine that trained it, 0)",
    )
    return parser


def _add_lab(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    lab = command(
        "lab", "ask the book's questions of your own data, in one report", "lab my-images --side 32"
    )
    lab.add_argument(
        "path",
        nargs="?",
        type=Path,
        help="a folder of images, with or without a folder for each class; an .npy or .npz file; "
        "IDX files; or a CSV table (default: the data set that --data names)",
    )
    lab.add_argument(
        "--data",
        help=f"a data set by name: {', '.join(sets.DATA_SETS)}, or one that was taken in (default: "
        "LABCODE_DATASET, or else digits)",
    )
    lab.add_argument("--out", type=Path, help="folder for report and tables (default: lab-NAME)")
    lab.add_argument("--seed", type=_whole(0), default=0, help="of the split (default: 0)")
    lab.add_argument("--items", type=_whole(1), help="take at most so many, at random")
    lab.add_argument("--side", type=_whole(4), help="scale images to this side")
    lab.add_argument("--labels", help="the column of a CSV table that says the class")
    lab.add_argument(
        "--units",
        choices=own.UNITS,
        default=own.UNITS[0],
        help="how rows are scaled: each column, or all alike, as spectra (default: each column)",
    )
    lab.add_argument("--codes", type=_whole(1), nargs="+", default=[], help="numbers in a code")
    lab.add_argument("--noise", type=_amount, default=0.3, help="its strength (default: 0.3)")
    lab.add_argument("--seeds", type=_whole(2), default=5, help="networks of a kind (default: 5)")
    lab.add_argument("--epochs", type=_whole(1), help="(default: as suits the number of items)")
    lab.add_argument("--jobs", type=_whole(1), help="runs side by side (default: one a core)")
    lab.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")


def _lab(options: argparse.Namespace) -> None:
    if options.path and options.data:
        raise ValueError("give a path or --data, and not both.")
    choose_device(options.device)
    known = None
    if options.path:
        known = own.take_in(
            options.path,
            seed=options.seed,
            items=options.items,
            side=options.side,
            label_column=options.labels,
            units=options.units,
        )
        print(f"{known.training} training and {known.test} test items, taken in as {known.name}.")
        if known.duplicates:
            print(f"{known.duplicates} test items equal a training item: errors look too small.")
    name = options.data or os.environ.get("LABCODE_DATASET") or sets.DIGITS
    dataset = known.name if known else name
    profile = own_data.profile_for(
        dataset,
        seeds=options.seeds,
        epochs=options.epochs,
        code_sizes=tuple(options.codes),
        noise=options.noise,
    )
    known = known or own.about(dataset)
    folder = options.out or Path(f"lab-{dataset}")
    say = functools.partial(print, flush=True)
    lab(profile, folder, own=known, jobs=options.jobs, device=options.device, say=say)


def _whole(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} must be a whole number, at least {least}")
        return int(text)

    return number


def _amount(text: str) -> float:
    try:
        checks.at_least_zero(number=(number := float(text)))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} must be a finite number, 0 or more") from None
    return number


def _train(options: argparse.Namespace) -> None:
    wanted = experiments.shown(options.chapter)
    trained = _trained(wanted, options)
    print(f"{len(set(wanted))} runs, {trained} of them trained now.")


def _trained(wanted: Sequence[Spec], options: argparse.Namespace) -> int:
    if options.backend == clusters.HERE:
        choose_device(options.device)
    return runs.train_missing(
        wanted, options.jobs, options.device, options.backend, options.address
    )


def _record(options: argparse.Namespace) -> None:
    if "LABCODE_PROFILE" in os.environ:
        raise ValueError("the record has a profile of its own: unset LABCODE_PROFILE.")
    if options.section and not options.chapter:
        raise ValueError("--section needs --chapter, whose module it is.")
    if options.design and not options.section:
        raise ValueError("--design needs --section, the module that has it.")
    if options.drift:
        largest = drift.measure(proof.SECONDS)
        record.write_drift(largest)
        print(", ".join(f"{part}: {number:.1e}" for part, number in largest.items()))
        return
    profile = experiments.RECORDED
    for chapter in [options.chapter] if options.chapter else experiments.CHAPTERS:
        if not (specs := recording.recordable(profile, chapter)):
            continue
        if options.certify:
            certified = recording.certify(profile, chapter)
            print(f"{chapter}: {certified} rows of other code were certified.", flush=True)
        if options.section:
            section = experiments.section(chapter, options.section)
            specs = experiments.lacking(_designs(section, options.design))
        lacking = recording.missing(specs)
        print(
            f"{chapter}: {len(specs)} rows wanted, {len(lacking)} to be computed, "
            f"about {estimate.hours(lacking):.1f} hours of one core.",
            flush=True,
        )
        try:
            _trained(lacking, options)
        finally:  # what was finished before a stop is recorded too
            record.write(chapter, recording.rows(profile, chapter))


def _designs(section: ModuleType, name: str | None) -> list[Design]:
    """The designs that a section reads, or the one of that name."""
    designs = experiments.designs_of(section)
    chosen = [design for design in designs if name in (None, design.name)]
    if not chosen:
        known = ", ".join(design.name for design in designs)
        raise ValueError(f"the section has no design {name!r}. It has {known}.")
    return chosen


def _transfer(options: argparse.Namespace) -> None:
    specs = experiments.shown(options.chapter)
    if options.command == "export":
        count = run_archive.export(specs, options.archive)
        print(f"{count} runs are in {options.archive}.")
    else:
        count = run_archive.take_in(specs, options.archive)
        print(f"{count} of {len(set(specs))} runs taken in from {options.archive}.")


def _verdicts(options: argparse.Namespace) -> None:
    packages = experiments.modules_of(options.chapter)
    deciding = [decision for one in packages for decision in getattr(one, "DECIDES", ())]
    if not deciding:
        raise ValueError(f"{options.chapter} decides none of the claims.")
    for decision in deciding:
        found = decision.verdict(experiments.profile_of(decision))
        measured = f": {found.effect} ({found.seeds} seeds)" if found.effect else "."
        print(f"{found.claim} {found.outcome}{measured}")


def _verify(options: argparse.Namespace) -> int:
    """Make every check; 1 if one of them found something."""
    found = _check_record(options.up_to_date)
    if options.results or RESULTS.exists():
        found += _check_results(options.results or RESULTS)
    else:
        print(f"{RESULTS} is not here: build the book to have its numbers checked.")
    found += _check_sample(options)
    print("All is as it should be." if not found else f"{found} disagreements.")
    return 1 if found else 0


def _check_record(up_to_date: bool) -> int:
    """The record's checksums, every rule on its numbers, and whether it is today's code's."""
    if wrong := record.altered():
        return _report(f"the record's {file} is not as it was written." for file in wrong)
    for claim, dates in recording.changed_rules().items():
        print(f"{claim}: its rule has changed since its rows were recorded ({', '.join(dates)}).")
    found = 0
    for chapter in experiments.CHAPTERS:
        if other := recording.out_of_date(experiments.RECORDED, chapter):
            line = (
                f"{chapter}: code behind {len(other)} recorded runs has changed, so short runs "
                "stand in for them. Run 'python -m labcode record', with --certify if the edit "
                "should change no number."
            )
            if up_to_date:
                found += _report([line])
            else:
                print(line)
    return found + _check_verdicts("the record", experiments.verdicts())


def _check_verdicts(name: str, verdicts: list[claims.Verdict]) -> int:
    decided = [verdict for verdict in verdicts if verdict.outcome is not Outcome.OPEN]
    print(f"{name}: {len(decided)} verdicts held against their rules.")
    found = _report(verification.follow_from_their_numbers(verdicts))
    root = Path(claims.__file__).parents[2]
    if (root / "tests").is_dir():
        found += _report(verification.are_cited_well(verdicts, root))
    return found


def _check_results(file: Path) -> int:
    try:
        content = results.read(file)
        verdicts = [
            claims.verdict_from(verification.verdict_fields(entry)) for entry in content["verdicts"]
        ]
    except (results.BadResults, KeyError, TypeError, ValueError) as problem:
        return _report([str(problem)])
    chapters = verification.chapters_here(content)
    print(f"{file}: held against the runs here of {', '.join(chapters) or 'no chapter'}.")
    found = _check_verdicts(str(file), verdicts)
    return found + _report(verification.agree_with_runs(content))


def _check_sample(options: argparse.Namespace) -> int:
    seed = random.randrange(10**6) if options.seed is None else options.seed
    kept = [spec for spec in dict.fromkeys(experiments.shown()) if runs.is_kept(spec)]
    chosen = verification.sample(kept, options.sample, options.budget, seed)
    print(f"{len(chosen)} of {len(kept)} runs on disk are trained again (--seed {seed}):")
    found = 0
    for spec in chosen:
        again = verification.retrain(spec)
        if again.difference == 0:
            print(f"  {again.title}: equal in every bit.")
        elif again.difference <= options.tolerance:
            print(f"  {again.title}: largest relative difference {again.difference:.0e}.")
        else:
            found += _report(
                [
                    f"run {again.key} ({again.title}) differs when it is trained again, by "
                    f"{again.difference:.0e} at most; {options.tolerance:.0e} is allowed."
                ]
            )
    return found


def _report(disagreements: Iterable[str]) -> int:
    count = 0
    for line in disagreements:
        print(f"labcode: {line}", file=sys.stderr)
        count += 1
    return count


if __name__ == "__main__":
    sys.exit(main())
