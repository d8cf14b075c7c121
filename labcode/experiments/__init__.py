"""The book's experiments: one module a chapter, or one for each half of it.

Each has `specs(profile)`, the runs that its chapter needs, and designs, whose tables its pages,
figures and rules read. They never plot. Those that decide claims say how in `DECIDES`.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from labcode import runs
from labcode.claims import CLAIMS, Decision, Verdict
from labcode.designs import profiles
from labcode.designs.design import Design
from labcode.designs.profiles import PROFILES, Profile
from labcode.runs import Spec, definitions, record
from labcode.runs.measured import trains
from labcode.runs.provenance import SOURCES

RECORDED, SHORT = PROFILES["full"], PROFILES["book"]

CHAPTERS: dict[str, tuple[str, ...]] = {
    "data": ("data_and_scores",),
    "ae-versus-pca": ("ae_versus_pca",),
    "beyond-linear": ("beyond_linear",),
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


Reader = ModuleType | Design | Decision | Callable[..., Any]


def profile_of(*readers: Reader) -> Profile:
    """The profile that sections of the book show: the record's, if it has all that they read.

    Where the record of long runs lacks some of it, as after an edit to code that trains, the
    section is shown in the short profile `book`, and a notice says so: old evidence is never
    shown, and old and new are never mixed. Where `LABCODE_PROFILE` names a profile, it is that.

    Parameters
    ----------
    *readers : module, design, decision or function
        Of labcode. What they read is found in their code: each design that they reach.
    """
    if os.environ.get("LABCODE_PROFILE"):
        return profiles.current()
    return RECORDED if not lacking(designs_of(*readers)) else SHORT


def designs_of(*readers: Reader) -> list[Design]:
    """The designs that modules, designs, decisions or functions of labcode read, in turn too.

    Of a package, those that its modules define.
    """
    names = []
    for reader in readers:
        if isinstance(reader, ModuleType):
            inner = [name for name in SOURCES if f"{name}.".startswith(f"{reader.__name__}.")]
            names += [name for module in inner for name in definitions.defined_in(module)]
        else:
            names.append(f"{reader.__module__}:{reader.__qualname__}")
    found = [
        getattr(import_module(module), name)
        for module, name in sorted(definitions.reached(names))
        if module.startswith(f"{__name__}.")
    ]
    return [one for one in found if isinstance(one, Design)]


def lacking(designs: Iterable[Design]) -> list[Spec]:
    """What these designs train, or measure on what is trained, and the record does not have."""
    wanted = {spec: None for one in designs for spec in one.specs(RECORDED)}
    return [spec for spec in wanted if trains(spec) and runs.recorded(spec) is None]


def shown(chapter: str | None = None) -> list[Spec]:
    """Every run that the book, or one chapter, needs in the profiles that its sections show."""
    packages = [
        module
        for name in (CHAPTERS if chapter is None else [chapter])
        for module in modules_of(name)
    ]
    if os.environ.get("LABCODE_PROFILE"):
        return [spec for module in packages for spec in module.specs(profiles.current())]
    found: dict[Spec, None] = {}
    for package in packages:
        for section in sections(package):
            profile = profile_of(section)
            found |= {spec: None for one in designs_of(section) for spec in one.specs(profile)}
            found |= {spec: None for spec in package.specs(profile) if not trains(spec)}
    return list(found)


@dataclass(frozen=True)
class Section:
    """A section of the book that shows what was trained.

    Attributes
    ----------
    name : str
        Of its module, as `denoising.clipping`.
    profile : Profile
        That it shows.
    rows : tuple of Row
        Of the record of long runs, if it shows that.
    """

    name: str
    profile: Profile
    rows: tuple[record.Row, ...]


def sections_shown(chapter: str) -> list[Section]:
    """The sections of a chapter that show what was trained, and what each shows."""
    found = []
    for package in modules_of(chapter):
        for module in sections(package):
            profile = profile_of(module)
            specs = [spec for one in designs_of(module) for spec in one.specs(profile)]
            trained = [spec for spec in specs if trains(spec)]
            rows = {row.key: row for spec in trained if (row := runs.recorded(spec))}
            if trained:
                name = module.__name__.removeprefix(f"{__name__}.")
                found.append(Section(name, profile, tuple(rows.values())))
    return found


def sections(package: ModuleType) -> list[ModuleType]:
    """The modules of a chapter's package, a section of its page each; what decides apart.

    A module whose designs are not among the package's `DESIGNS` is left out: no page shows it yet.
    """
    names = sorted(name for name in SOURCES if name.startswith(f"{package.__name__}."))
    modules = [import_module(name) for name in names if not name.endswith(".claims")]
    listed = set(getattr(package, "DESIGNS", ()))
    return [one for one in modules if not listed or not (own := _own(one)) or own & listed]


def _own(module: ModuleType) -> set[Design]:
    """The designs that a module defines."""
    found = {thing for thing in vars(module).values() if isinstance(thing, Design)}
    return {one for one in found if one.__module__ == module.__name__}


def section(chapter: str, name: str) -> ModuleType:
    """A section's module, whether a page shows it yet or not.

    Raises
    ------
    ValueError
        If the chapter has no such section.
    """
    packages = tuple(f"{package.__name__}." for package in modules_of(chapter))
    modules = [module for module in SOURCES if module.startswith(packages)]
    found = {module.rpartition(".")[2]: module for module in modules}
    if name not in found:
        raise ValueError(f"{chapter} has no section {name!r}. Choose one of {', '.join(found)}.")
    return import_module(found[name])


def decisions() -> dict[str, Decision]:
    """How each claim comes to its verdict, C1 to C14."""
    found = {
        decision.claim: decision
        for chapter in CHAPTERS
        for package in modules_of(chapter)
        for decision in getattr(package, "DECIDES", ())
    }
    return {claim: found[claim] for claim in CLAIMS}


def verdicts() -> list[Verdict]:
    """C1 to C14, each from the record of long runs, or not decided in this build."""
    return [decision.verdict(profile_of(decision)) for decision in decisions().values()]


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
