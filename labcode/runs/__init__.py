"""A frozen spec becomes a run: on disk, in parallel, under its key."""

from labcode.runs.store import (
    MENDABLE,
    CannotKeep,
    CodeEdited,
    Damaged,
    Run,
    Spec,
    get,
    get_all,
    history_of,
    is_kept,
    keep_content,
    key,
    model_of,
    path,
    recorded,
    train_missing,
)

__all__ = [
    "MENDABLE",
    "CannotKeep",
    "CodeEdited",
    "Damaged",
    "Run",
    "Spec",
    "get",
    "get_all",
    "history_of",
    "is_kept",
    "keep_content",
    "key",
    "model_of",
    "path",
    "recorded",
    "train_missing",
]
