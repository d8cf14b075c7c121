"""The command line: `python -m labcode train` trains every run that the book needs."""

import argparse
import sys

from labcode import experiments, profiles, runs
from labcode.fashion_mnist import DataUnavailable
from labcode.training import TrainingDiverged


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m labcode", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train what the book needs and is not on disk yet")
    train.add_argument("--chapter", help="only this chapter, such as 02-ae-versus-pca")
    train.add_argument("--jobs", type=int, help="runs side by side (default: one a core)")
    train.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    options = parser.parse_args(arguments)
    try:
        profile = profiles.current()
        wanted = experiments.specs(profile, options.chapter)
        trained = runs.train_missing(wanted, options.jobs, options.device)
    except (ValueError, DataUnavailable, TrainingDiverged, runs.CodeEdited) as problem:
        print(f"labcode: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("labcode: stopped; finished runs are kept.", file=sys.stderr)
        return 130
    print(f"profile {profile.name}: {len(set(wanted))} runs, {trained} of them trained now.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
