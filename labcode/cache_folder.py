"""Where labcode keeps what it should not compute or fetch twice."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The root of all that labcode keeps on disk; it need not exist yet.

    It is the user's cache folder, or the folder that the environment variable `LABCODE_CACHE`
    names. Whatever lies there can be deleted: it is fetched or computed again.

    Raises
    ------
    ValueError
        If the locale cannot express the folder's name, so that libraries could not open it.
    """
    named = os.environ.get("LABCODE_CACHE") or platformdirs.user_cache_dir("labcode")
    folder = Path(named).expanduser().absolute()
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"the cache folder {os.fsencode(folder)!r} has letters that this locale does not know. "
            "Set PYTHONUTF8=1, or set LABCODE_CACHE to a folder without such letters."
        ) from None
    return folder
