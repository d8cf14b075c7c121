"""The book's experiments: one module a chapter, or one for each half of it.

Each has `specs(profile)`, the runs that its chapter needs, and designs, whose tables its pages,
figures and rules read. They never plot. Those that decide claims have `verdicts(profile)`.
"""

import functools
import logging
import os
from importlib import import_module
from types import ModuleType

from labcode import runs
from labcode.designs import profiles
from labcode.designs.profiles import PROFILES, Profile
from labcode.runs import Spec
from labcode.runs.measured import trains

logger = logging.getLogger(__name__)
RECORDED, SHORT = PROFILES["full"], PROFILES["book"]

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


def profile_of(*chapters: str) -> Profile:
    """The profile that a chapter shows: that of the record of long runs, if the record is whole.

    Where it lacks runs of the chapter, as after an edit to code that trains, all of the chapter
    is shown in the short profile `book`, and a notice says so: old evidence is never shown, and
    old and new are never mixed. Where `LABCODE_PROFILE` names a profile, it is that one.

    Parameters
    ----------
    *chapters : str
        File names without their ending; of several, the record must be whole for all.
    """
    if os.environ.get("LABCODE_PROFILE"):
        return profiles.current()
    return RECORDED if all(_recorded(chapter) for chapter in chapters) else SHORT


def shown(chapter: str | None = None) -> list[Spec]:
    """Every run that the book, or one chapter, needs in the profiles that it shows."""
    chapters = CHAPTERS if chapter is None else [chapter]
    return [spec for name in chapters for spec in specs(profile_of(name), name)]


@functools.cache
def _recorded(chapter: str) -> bool:
    wanted = [spec for spec in specs(RECORDED, chapter) if trains(spec)]
    lacking = sum(runs.recorded(spec) is None for spec in wanted)
    if 0 < lacking < len(wanted):
        logger.warning(
            "%s: the record of long runs lacks %d of %d runs, so that short runs are shown, "
            "which decide nothing. 'python -m labcode record' trains what is lacking.",
            chapter,
            lacking,
            len(wanted),
        )
    return lacking == 0


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
