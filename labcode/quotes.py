"""Computed numbers for the prose of a chapter."""


def quote(**texts: str) -> None:
    """Give each text a name by which the prose of the book can quote it.

    Parameters
    ----------
    **texts : str
        Formatted numbers, such as `floor=f"{floor:.5f}"`. A page shows one by MyST-NB's role
        `glue:text`. Names are shared by all chapters.

    Notes
    -----
    Where MyST-NB is not installed, as in a chapter that you took home as a notebook, there is
    no prose to fill in, and nothing happens.
    """
    try:
        from myst_nb import glue
    except ModuleNotFoundError:
        return
    for name, text in texts.items():
        glue(name, text, display=False)
