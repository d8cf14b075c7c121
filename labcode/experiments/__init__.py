"""The book's experiments: one module a chapter.

Each module has `specs(profile)`, the runs that its chapter needs, and functions that take a
profile, read those runs and return plain result objects. They never plot.
"""

from importlib import import_module

from labcode.profiles import Profile
from labcode.runs import Spec

CHAPTERS = {
    "01-data": "labcode.experiments.pixels",
    "02-ae-versus-pca": "labcode.experiments.ae_versus_pca",
    "03-dense-versus-cnn": "labcode.experiments.dense_versus_cnn",
    "04-denoising": "labcode.experiments.denoising",
}


def specs(profile: Profile, chapter: str | None = None) -> list[Spec]:
    """Every run that the book needs in this profile, or that one chapter needs.

    Parameters
    ----------
    profile : Profile
    chapter : str, optional
        A chapter's file name without its ending, such as `02-ae-versus-pca`.

    Raises
    ------
    ValueError
        If the book has no such chapter.
    """
    modules = CHAPTERS.values() if chapter is None else [module_of(chapter)]
    return [spec for name in modules for spec in import_module(name).specs(profile)]


def module_of(chapter: str) -> str:
    """The name of a chapter's module.

    Raises
    ------
    ValueError
        If the book has no such chapter.
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"there is no chapter {chapter!r}. Choose one of {', '.join(CHAPTERS)}.")
    return CHAPTERS[chapter]
