"""All claims with their verdicts, in one place."""

from pathlib import Path
from types import ModuleType

from labcode import experiments
from labcode.cache_folder import cache_folder
from labcode.claims import Verdict, decided, file_name, keep, recorded
from labcode.designs.profiles import Profile
from labcode.experiments import ae_versus_pca, denoising, dense_versus_cnn, latent_space

DECIDING = (ae_versus_pca, dense_versus_cnn, denoising, latent_space)
PUBLISHED = Path(__file__).parents[1] / "published_verdicts"  # only in the wheel that a site serves


def verdicts() -> list[Verdict]:
    """C1 to C14, each as its chapter decided it in the profile that it shows.

    Where labcode came with the verdicts of the book's build, these stand for chapters that have
    not been decided here: the ledger can be read without training the whole book.
    """
    taken_over = published()
    return [
        verdict
        for experiment in DECIDING
        for verdict in taken_over.get(experiment.__name__) or decided(experiment, shown_in(experiment))
    ]


def published() -> dict[str, list[Verdict]]:
    """By experiment, the verdicts of the book's build that nothing here has decided."""
    names = {
        experiment.__name__: file_name(experiment, shown_in(experiment)) for experiment in DECIDING
    }
    return {
        experiment: list(recorded(PUBLISHED / name).values())
        for experiment, name in names.items()
        if (PUBLISHED / name).exists() and not (cache_folder() / "verdicts" / name).exists()
    }


def decide_here() -> None:
    """Have every claim decided by runs on this machine; what is missing is trained."""
    for experiment in DECIDING:
        decided(experiment, shown_in(experiment))


def publish(folder: Path) -> None:
    """Put the verdicts of this build into a folder, as `verdicts` looks for them."""
    folder.mkdir(parents=True)
    for experiment in DECIDING:
        profile = shown_in(experiment)
        keep(decided(experiment, profile), folder / file_name(experiment, profile))


def shown_in(experiment: ModuleType) -> Profile:
    """The profile that the chapter of an experiment shows."""
    [chapter] = [
        name for name in experiments.CHAPTERS if experiment in experiments.modules_of(name)
    ]
    return experiments.profile_of(chapter)
