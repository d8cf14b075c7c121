"""Under each figure: the drawing and its numbers as files, and the code that drew it.

A figure's output in a notebook says which function drew it, and from what
(`labcode.figures.source_data`). From there come `figures/LABEL.csv` on the site, beside
`LABEL.svg`, `LABEL.png` and, for dark pages, `LABEL-dark.svg`. One archive holds all of them.
"""

import json
import posixpath
import zipfile
from pathlib import Path
from typing import Any

import resvg_py
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from labcode.figures.source_data import MIME_TYPE
from measured_book import dark, internals, training

FOLDER = "figures"
ARCHIVE = "autoencoders-measured-figures.zip"
LICENCE = Path(__file__).resolve().parents[3] / "LICENSE-prose"
SVG = "image/svg+xml"
PIXELS_PER_PIXEL = 2  # of a PNG, for each CSS pixel of the drawing
DOTS_PER_INCH = 96  # CSS pixels, for the points that matplotlib counts in
ABOUT = """\
# The figures of "{book}"

Each figure is here as a drawing (SVG), as pixels (PNG) and, where it shows numbers and not pictures
alone, with these (CSV), under the label that the book gives it. The licence is in LICENSE-prose:
say where they come from when you show them.

"""
ENTRY = """\
## {label}

{title} {caption}

In words: {alternative}

"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.add_js_file(None, body=dark.FOLLOW)
    app.connect("config-inited", expect_source_data)
    app.connect("env-purge-doc", forget_page)
    app.connect("doctree-read", note_figures)
    app.connect("doctree-resolved", add_links, priority=950)  # after notebooks were made
    app.connect("doctree-resolved", keep_words, priority=950)
    app.connect("build-finished", write_files)
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
        found = [data for data in outputs[cell["cell_index"]] if MIME_TYPE in data]
        for figure, data in zip(cell.findall(nodes.figure), found, strict=False):
            for label in figure["ids"]:
                drawn(app.env).setdefault(page, {})[label] = data[MIME_TYPE]
                kept(app, f"{label}.svg").write_text(data[SVG], "utf-8")


def kept(app: Sphinx, name: str) -> Path:
    """Where something about a figure waits for the end of the build."""
    folder = Path(app.doctreedir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def keep_words(app: Sphinx, document: nodes.document, page: str) -> None:
    """Keep a figure's number, caption and alternative text, as the page shows them."""
    for figure in document.findall(nodes.figure):
        for label in figure["ids"]:
            if label in drawn(app.env).get(page, {}):
                caption = next(iter(figure.findall(nodes.caption)))
                image = next(iter(figure.findall(nodes.image)))
                number = internals.number_of(app.env, page, "figure", label)
                words = {
                    "title": f"Fig. {number}." if number else "",
                    "caption": " ".join(caption.astext().split()),
                    "alternative": " ".join(image.get("alt", "").split()),
                }
                kept(app, f"{label}.json").write_text(json.dumps(words), "utf-8")


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
        drawings = {name: f"{FOLDER}/{label}.{name.lower()}" for name in ("SVG", "PNG")}
        data = data_file(app.env, page, label)
        targets = drawings | {"Data (CSV)": data, "Source": source}
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


def write_files(app: Sphinx, problem: Exception | None) -> None:
    """Write the files of every figure and the archive; remove those of figures that are gone."""
    if problem or app.builder.name != "html":
        return
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(exist_ok=True)
    figures = [drawn(app.env)[page] for page in sorted(drawn(app.env))]
    labels = {label: about for page in figures for label, about in page.items()}
    written = {ARCHIVE}
    for label, about in labels.items():
        written |= write_figure(folder, label, kept(app, f"{label}.svg").read_text("utf-8"), about)
    for old in folder.iterdir():
        if old.name not in written:
            old.unlink()
    write_archive(app, folder, list(labels))


def write_figure(folder: Path, label: str, svg: str, about: dict[str, str]) -> set[str]:
    """Write a figure's files where they are not there yet; their names."""
    names = {f"{label}.svg", f"{label}.png"}
    drawing, pixels = folder / f"{label}.svg", folder / f"{label}.png"
    if not pixels.exists() or not drawing.exists() or drawing.read_text("utf-8") != svg:
        drawing.write_text(svg, "utf-8")
        pixels.write_bytes(as_png(svg))
    if dark.has_twin(svg):
        names.add(f"{label}-dark.svg")
        (folder / f"{label}-dark.svg").write_text(dark.in_dark(svg), "utf-8")
    if about["csv"]:
        names.add(f"{label}.csv")
        (folder / f"{label}.csv").write_text(about["csv"], "utf-8")
    return names


def as_png(svg: str) -> bytes:
    """A drawing as pixels on white."""
    return resvg_py.svg_to_bytes(
        svg_string=svg, zoom=PIXELS_PER_PIXEL, dpi=DOTS_PER_INCH, background="#ffffff"
    )


def write_archive(app: Sphinx, folder: Path, labels: list[str]) -> None:
    """Write all figures, what they show in words, and the licence, as one file."""
    book = app.config.html_title or app.config.project
    text = ABOUT.format(book=book)
    root = ARCHIVE.removesuffix(".zip")
    with zipfile.ZipFile(folder / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for label in labels:
            words: dict[str, Any] = json.loads(kept(app, f"{label}.json").read_text("utf-8"))
            text += ENTRY.format(label=label, **words)
            for kind in ("svg", "png", "csv"):
                if (file := folder / f"{label}.{kind}").exists():
                    archive.write(file, f"{root}/{file.name}")
        archive.writestr(f"{root}/README.md", text.rstrip() + "\n")
        archive.write(LICENCE, f"{root}/{LICENCE.name}")
