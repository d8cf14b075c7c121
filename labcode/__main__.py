"""The command line: `train`, `record`, `export`, `import` or `verify` runs, or see `verdicts`."""

import argparse
import io
import os
import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import joblib

from labcode import checks, claims, experiments, runs
from labcode.audit import recording, results, run_table, verification
from labcode.designs import profiles
from labcode.designs.profiles import Profile
from labcode.runs import archive as run_archive
from labcode.runs import clusters, record
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
        profile = profiles.current()
        if options.seeds is not None:
            if options.seeds > len(profile.seeds):
                raise ValueError(
                    f"--seeds is {options.seeds}, and the profile {profile.name!r} has "
                    f"{len(profile.seeds)}. Give at most so many."
                )
            profile = replace(profile, seeds=profile.seeds[: options.seeds])
        if options.command == "train":
            _train(profile, options)
        elif options.command == "record":
            _record(options)
        elif options.command == "verdicts":
            _verdicts(profile, options)
        elif options.command == "verify":
            return _verify(profile, options)
        else:
            _transfer(profile, options)
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
        epilog="example: python -m labcode --seeds 2 train --chapter ae-versus-pca",
    )
    parser.add_argument(
        "--seeds", type=_whole(1), metavar="N", help="only the profile's first so many seeds"
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
    train.add_argument("--jobs", type=_whole(1), help="runs side by side (default: one a core)")
    train.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    train.add_argument(
        "--backend",
        default=clusters.HERE,
        choices=sorted({*joblib.parallel.BACKENDS, *clusters.PACKAGES}),
        help="of joblib (default: loky, this machine's processes)",
    )
    train.add_argument("--address", help="of the cluster, for dask and ray")
    keep = command(
        "record", "train long what the record lacks, and record it", "record --chapter denoising"
    )
    keep.add_argument("--jobs", type=_whole(1), help="runs side by side (default: one a core)")
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
    verdicts = command(
        "verdicts", "decide a chapter's claims, and print them", "verdicts ae-versus-pca"
    )
    verdicts.add_argument("chapter", choices=experiments.CHAPTERS)
    verdicts.add_argument("--keep", action="store_true", help="put them into the record of `full`")
    verify = command(
        "verify", "check numbers and verdicts, train runs again", "verify --sample 5 --seed 0"
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


def _train(profile: Profile, options: argparse.Namespace) -> None:
    if options.backend == clusters.HERE:
        choose_device(options.device)
    wanted = experiments.specs(profile, options.chapter)
    trained = runs.train_missing(
        wanted, options.jobs, options.device, options.backend, options.address
    )
    print(f"profile {profile.name}: {len(set(wanted))} runs, {trained} of them trained now.")


def _record(options: argparse.Namespace) -> None:
    if "LABCODE_PROFILE" in os.environ:
        raise ValueError("the record has a profile of its own: unset LABCODE_PROFILE.")
    profile = profiles.PROFILES["full"]
    for chapter in [options.chapter] if options.chapter else experiments.CHAPTERS:
        specs = recording.recordable(profile, chapter)
        if not specs:
            continue
        lacking = recording.missing(specs)
        print(
            f"{chapter}: {len(specs)} rows, {len(lacking)} to be computed, "
            f"about {recording.hours(lacking):.1f} hours of one core.",
            flush=True,
        )
        runs.train_missing(lacking, options.jobs)
        record.write(chapter, recording.rows(profile, specs))


def _transfer(profile: Profile, options: argparse.Namespace) -> None:
    specs = experiments.specs(profile, options.chapter)
    if options.command == "export":
        count = run_archive.export(specs, options.archive)
        print(f"profile {profile.name}: {count} runs are in {options.archive}.")
    else:
        count = run_archive.take_in(specs, options.archive)
        wanted = len(set(specs))
        print(f"profile {profile.name}: {count} of {wanted} runs taken in from {options.archive}.")


def _verdicts(profile: Profile, options: argparse.Namespace) -> None:
    if options.keep and profile.name != "full":
        raise ValueError(
            f"the record holds verdicts of the profile 'full', and this is {profile.name!r}. "
            "Set LABCODE_PROFILE=full, or leave out --keep."
        )
    deciding = [m for m in experiments.modules_of(options.chapter) if hasattr(m, "verdicts")]
    if not deciding:
        raise ValueError(f"{options.chapter} decides none of the claims.")
    found = [verdict for module in deciding for verdict in claims.decided(module, profile)]
    for verdict in found:
        print(f"{verdict.claim} {verdict.outcome}: {verdict.effect} ({verdict.seeds} seeds)")
    if options.keep:
        claims.keep(found)


def _verify(profile: Profile, options: argparse.Namespace) -> int:
    """Make every check; 1 if one of them found something."""
    found = _check_verdicts("the record of full", list(claims.recorded().values()))
    if options.results or RESULTS.exists():
        found += _check_results(options.results or RESULTS, profile)
    else:
        print(f"{RESULTS} is not here: build the book to have its numbers checked.")
    found += _check_sample(profile, options)
    print("All is as it should be." if not found else f"{found} disagreements.")
    return 1 if found else 0


def _check_verdicts(name: str, verdicts: list[claims.Verdict]) -> int:
    older = verification.without_numbers(verdicts)
    if older:
        print(f"{name}: {', '.join(older)} recorded before numbers were kept.")
    print(f"{name}: {len(verdicts) - len(older)} verdicts held against their rules.")
    found = _report(verification.follow_from_their_numbers(verdicts))
    root = Path(claims.__file__).parents[2]
    if (root / "tests").is_dir():
        found += _report(verification.are_cited_well(verdicts, root))
    return found


def _check_results(file: Path, profile: Profile) -> int:
    try:
        content = results.read(file)
        verdicts = [
            claims.verdict_from(verification.verdict_fields(entry)) for entry in content["verdicts"]
        ]
    except (results.BadResults, KeyError, TypeError, ValueError) as problem:
        return _report([str(problem)])
    chapters = verification.chapters_on_disk(content, profile)
    print(f"{file}: held against the runs on disk of {', '.join(chapters) or 'no chapter'}.")
    found = _check_verdicts(str(file), verdicts)
    return found + _report(verification.agree_with_runs(content, profile))


def _check_sample(profile: Profile, options: argparse.Namespace) -> int:
    seed = random.randrange(10**6) if options.seed is None else options.seed
    kept = [spec for spec in run_table.distinct(profile).values() if runs.is_kept(spec)]
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
