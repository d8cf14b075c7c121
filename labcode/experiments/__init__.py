"""The book's experiments: one module a chapter, or one for each half of it.

Each has `specs(profile)`, the runs that its chapter needs, and designs, whose tables its pages,
figures and rules read. They never plot. Those that decide claims have `verdicts(profile)`.
"""

from importlib import import_module
from types import ModuleType

from labcode.designs.profiles import Profile
from labcode.runs import Spec

CHAPTERS: dict[str, tuple[str, ...]] = {
    "data": ("data_and_scores",),
    "ae-versus-pca": ("ae_versus_pca",),
    "dense-versus-cnn": ("dense_versus_cnn",),
    "denoising": ("denoising",),
    "ae-versus-vae": ("likelihood", "latent_space"),
    "claims": (),
}


def specs(profile: Profile, chapter: str | None = None) -> list[Spec]:
    """Every run that the book needs in this profile, or that one chapter needs.

    Parameters
    ----------
    profile : Profile
    chapter : str, optional
        A chapter's file name without its ending, such as `ae-versus-pca`.

    Raises
    ------
    ValueError
        If the book has no such chapter.
    """
    chapters = CHAPTERS if chapter is None else [chapter]
    return [
        spec for name in chapters for module in modules_of(name) for spec in module.specs(profile)
    ]


def modules_of(chapter: str) -> list[ModuleType]:
    """A chapter's modules.

    Raises
    ------
    ValueError
        If the book has no such chapter.
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"there is no chapter {chapter!r}. Choose one of {', '.join(CHAPTERS)}.")
    return [import_module(f"{__name__}.{name}") for name in CHAPTERS[chapter]]
