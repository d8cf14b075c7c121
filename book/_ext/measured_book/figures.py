"""Under each figure: its numbers as a file, and the code that drew it.

A figure's output in a notebook says which function drew it, and from what
(`labcode.figures.source_data`). From there come `figures/LABEL.csv` on the site, and the two links.
"""

import posixpath
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from labcode.figures.source_data import MIME_TYPE
from measured_book import internals, training

FOLDER = "figures"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("config-inited", expect_source_data)
    app.connect("env-purge-doc", forget_page)
    app.connect("doctree-read", note_figures)
    app.connect("doctree-resolved", add_links, priority=950)  # after notebooks were made
    app.connect("build-finished", write_data)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def expect_source_data(app: Sphinx, config: Config) -> None:
    """Let MyST-NB pass over a kind of output that it does not know."""
    config.suppress_warnings += ["mystnb.unknown_mime_type"]


def drawn(env: BuildEnvironment) -> dict[str, dict[str, dict[str, str]]]:
    """By page, and by the label of a figure: `function` and `csv`."""
    if not hasattr(env, "drawn_figures"):
        env.drawn_figures = {}  # type: ignore[attr-defined]
    return env.drawn_figures  # type: ignore[attr-defined]


def forget_page(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is read again, or is gone."""
    drawn(env).pop(page, None)


def note_figures(app: Sphinx, document: nodes.document) -> None:
    """Note what the figures of a page were drawn from."""
    page = app.env.docname
    cells = [node for node in document.findall(nodes.container) if internals.is_cell(node)]
    outputs = internals.outputs(app.env, page, training.source_of(app, page)) if cells else []
    for cell in cells if outputs else ():  # none: a cell raised, and the build ends soon
        found = [data[MIME_TYPE] for data in outputs[cell["cell_index"]] if MIME_TYPE in data]
        for figure, about in zip(cell.findall(nodes.figure), found, strict=False):
            for label in figure["ids"]:
                drawn(app.env).setdefault(page, {})[label] = about


def add_links(app: Sphinx, document: nodes.document, page: str) -> None:
    """Put the links under the captions of a page of the site."""
    if app.builder.name != "html":
        return
    here = posixpath.dirname(page)
    for figure in document.findall(nodes.figure):
        label = next((i for i in figure["ids"] if i in drawn(app.env).get(page, {})), None)
        if label is None:
            continue
        module, _, function = drawn(app.env)[page][label]["function"].rpartition(".")
        source = f"_modules/{module.replace('.', '/')}.html#{function}"
        targets = {"Data (CSV)": data_file(app.env, page, label), "Source": source}
        links = [
            nodes.reference(text, text, refuri=posixpath.relpath(target, here))
            for text, target in targets.items()
            if target
        ]
        figure += nodes.legend("", nodes.paragraph("", "", *links, classes=["figure-links"]))


def data_file(env: BuildEnvironment, page: str, label: str) -> str | None:
    """Where the site has the numbers of a figure; None if it shows pictures and no numbers."""
    about = drawn(env).get(page, {}).get(label)
    return f"{FOLDER}/{label}.csv" if about and about["csv"] else None


def write_data(app: Sphinx, problem: Exception | None) -> None:
    """Write a file for every figure, and remove those of figures that are gone."""
    if problem or app.builder.name != "html":
        return
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(exist_ok=True)
    texts = {
        Path(app.outdir, file): about["csv"]
        for page, figures in drawn(app.env).items()
        for label, about in figures.items()
        if (file := data_file(app.env, page, label))
    }
    for old in set(folder.iterdir()) - set(texts):
        old.unlink()
    for place, text in texts.items():
        place.write_text(text, "utf-8")
