"""Where labcode keeps what it should not compute or fetch twice."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The root of all that labcode keeps on disk; it need not exist yet.

    It is the user's cache folder, or the folder that the environment variable `LABCODE_CACHE`
    names. Whatever lies there can be deleted: it is fetched or computed again.
    """
    named = os.environ.get("LABCODE_CACHE") or platformdirs.user_cache_dir("labcode")
    return Path(named).expanduser().absolute()
