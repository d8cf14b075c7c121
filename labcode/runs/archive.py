"""Runs in one file, to train on one machine and build the book on another.

The archive is a zip file of the runs' own safetensors files: numbers and text. Nothing in it is
executed when it is read, and nothing in it decides where a file is written.
"""

import struct
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from labcode import runs
from labcode.runs import Spec

# What zipfile raises at files that are none, or have been tampered with.
UNREADABLE = (
    zipfile.BadZipFile,
    runs.Damaged,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    struct.error,
)


class BadArchive(ValueError):
    """An archive cannot be read, or holds a run that is not what its name says."""


def export(specs: Sequence[Spec], archive: Path) -> int:
    """Put the runs of these specs into a new archive and return how many there are.

    Raises
    ------
    ValueError
        If the archive cannot be written, or a run has not been trained here or is damaged.
    """
    if archive.is_dir() or not archive.parent.is_dir():
        raise ValueError(f"{archive} cannot be written: name a file in a folder that exists.")
    wanted = {runs.path(spec): spec for spec in specs}
    missing = [spec.title for file, spec in wanted.items() if not runs.is_kept(spec)]
    if missing:
        raise ValueError(
            f"{len(missing)} of {len(wanted)} runs are not on disk, such as {missing[0]}. "
            "Train them first: python -m labcode train."
        )
    partial = archive.with_name(f"{archive.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w") as packed:
            for file in wanted:
                packed.write(file, file.name)
        partial.replace(archive)
    except OSError as problem:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise runs.CannotKeep(f"{archive} cannot be written: {problem}.") from problem
    return len(wanted)


def take_in(specs: Sequence[Spec], archive: Path) -> int:
    """Keep those runs of an archive that these specs ask for, and return how many there were.

    Runs of other specs, or of code other than this, have other names and are left out.

    Raises
    ------
    BadArchive
        If the file is no archive, or the content of a run does not have the checksum or the spec
        that it should. Runs found good before that are kept.
    """
    wanted = {runs.path(spec).name: spec for spec in specs}
    try:
        with zipfile.ZipFile(archive) as packed:
            members = {member.filename: member for member in packed.infolist()}
            found = [name for name in members if name in wanted]
            for name in found:
                runs.keep_content(wanted[name], _content(packed, members[name], archive))
    except UNREADABLE as problem:
        raise BadArchive(
            f"{archive} cannot be taken in: {problem}. Copy or export it again."
        ) from problem
    return len(found)


def _content(packed: zipfile.ZipFile, member: zipfile.ZipInfo, archive: Path) -> bytes:
    """What a member holds. `export` compresses nothing, so nothing is larger than the archive."""
    if member.file_size > archive.stat().st_size:
        raise zipfile.BadZipFile(f"{member.filename} is larger than the archive")
    return packed.read(member)
