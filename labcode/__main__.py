"""The command line: `train`, `export` and `import` the book's runs, or see their `verdicts`."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from labcode import claims, clusters, experiments, profiles, run_archive, runs
from labcode.profiles import Profile


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m labcode", description=__doc__)
    parser.add_argument("--seeds", type=int, help="only the profile's first so many seeds")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train what the book needs and is not on disk yet")
    train.add_argument("--chapter", help="only this chapter, such as 02-ae-versus-pca")
    train.add_argument("--jobs", type=int, help="runs side by side (default: one a core)")
    train.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    train.add_argument(
        "--backend", default=clusters.HERE, help="loky, dask, ray: joblib's backends"
    )
    train.add_argument("--address", help="of the cluster, for dask and ray")
    export = commands.add_parser("export", help="put trained runs into one archive")
    take_in = commands.add_parser("import", help="take in runs that another machine exported")
    for command in (export, take_in):
        command.add_argument("archive", type=Path)
        command.add_argument("--chapter", help="only this chapter, such as 02-ae-versus-pca")
    verdicts = commands.add_parser("verdicts", help="decide a chapter's claims, and print them")
    verdicts.add_argument("chapter", help="such as 02-ae-versus-pca")
    verdicts.add_argument("--keep", action="store_true", help="put them into the record of `full`")
    options = parser.parse_args(arguments)
    try:
        profile = profiles.current()
        if options.seeds is not None:
            if options.seeds < 1:
                raise ValueError(f"--seeds must be at least 1, and is {options.seeds}.")
            profile = replace(profile, seeds=profile.seeds[: options.seeds])
        if options.command == "train":
            _train(profile, options)
        elif options.command == "verdicts":
            _verdicts(profile, options)
        else:
            _transfer(profile, options)
    except runs.MENDABLE as problem:
        print(f"labcode: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("labcode: stopped; finished runs are kept.", file=sys.stderr)
        return 130
    return 0


def _train(profile: Profile, options: argparse.Namespace) -> None:
    wanted = experiments.specs(profile, options.chapter)
    trained = runs.train_missing(
        wanted, options.jobs, options.device, options.backend, options.address
    )
    print(f"profile {profile.name}: {len(set(wanted))} runs, {trained} of them trained now.")


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


if __name__ == "__main__":
    sys.exit(main())
