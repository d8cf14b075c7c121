"""What the book uses of other packages that these do not promise to keep.

It is all here, and each function says what it takes and why. After a change of the pins, look
here first.
"""

import ast
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import sphinxcontrib
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader, read_myst_markdown_notebook
from myst_nb.ext.glue.roles import PasteTextRole
from myst_nb.ext.glue.utils import PendingGlueReference
from myst_nb.sphinx_ import NbMetadataCollector
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# ---- Jupyter Book


def leave_out_thebe(app: Sphinx) -> None:
    """Undo what `sphinx_thebe` has registered.

    Jupyter Book loads it whatever `launch_buttons` says, and it then puts on every page a script
    that can load another one from another host.
    """
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    styles = app.registry.css_files
    styles[:] = [style for style in styles if style[0] != "sphinx-thebe.css"]


# ---- MyST-NB and jupyter-cache


def cache_folder(env: BuildEnvironment) -> Path:
    """Where MyST-NB looks for executed pages, which its settings say once they are resolved."""
    return Path(env.mystnb_config.execution_cache_path)  # type: ignore[attr-defined]


def as_notebook(env: BuildEnvironment, page: str, source: str) -> NotebookNode:
    """A page as MyST-NB compares it with its cache; only its own reader makes the same cells."""
    reader = create_nb_reader(
        str(env.doc2path(page)),
        env.myst_config,  # type: ignore[attr-defined]
        env.mystnb_config,  # type: ignore[attr-defined]
        source,
    )
    assert reader is not None
    return reader.read(source)


def cell_sources(env: BuildEnvironment, source: str) -> list[str]:
    """The code of each cell, by the index that MyST-NB gives it; empty for cells of text."""
    cells = read_myst_markdown_notebook(source, env.myst_config).cells  # type: ignore[attr-defined]
    return [cell.source if cell.cell_type == "code" else "" for cell in cells]


def execute(env: BuildEnvironment, page: str, notebook: NotebookNode) -> tuple[str | None, float]:
    """Execute a notebook in place: the traceback, if a cell raised, and the seconds that it took.

    It is the function with which MyST-NB's own runs fill the cache, so that outputs are the same.
    """
    folder = Path(env.doc2path(page)).parent
    timeout = env.mystnb_config.execution_timeout  # type: ignore[attr-defined]
    result = single_nb_execution(notebook, str(folder), timeout, False)
    return (None if result.err is None else result.exc_string or ""), result.time


def failed(env: BuildEnvironment, page: str) -> str | None:
    """The traceback of a page whose cell raised while MyST-NB executed it."""
    result = NbMetadataCollector.get_exec_data(env, page)
    return (result["traceback"] or "") if result and not result["succeeded"] else None


def glued_texts(env: BuildEnvironment, page: str) -> dict[str, str]:
    """The texts that the cells of a page gave names to, from the file where MyST-NB leaves them."""
    if not NbMetadataCollector.get_doc_data(env)[page].get("glue"):
        return {}
    folder = Path(env.mystnb_config.output_folder)  # type: ignore[attr-defined]
    glued = json.loads(folder.joinpath(f"{page}.glue.json").read_text("utf-8"))
    return {
        name: ast.literal_eval(text)
        for name, output in glued.items()
        if (text := output["data"].get("text/plain", "")).startswith(("'", '"'))
    }


class QuoteRole(PasteTextRole):  # type: ignore[misc]
    """MyST-NB's role for a glued text, which leaves the text's name on what it pastes."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Paste the text."""
        pasted, messages = super().run()
        for node in pasted:
            if isinstance(node, nodes.inline):
                node["quoted"] = self.text.partition(":")[0]
        return pasted, messages


def is_quote(node: nodes.Node) -> bool:
    """Whether a node is a glued text; one of another page stays pending until all are read."""
    return isinstance(node, PendingGlueReference) or (
        isinstance(node, nodes.inline) and "quoted" in node
    )


def quoted(node: nodes.Element, page: str) -> tuple[str, str]:
    """The name of the glued text that stands on a page, and the page that computed it."""
    if isinstance(node, PendingGlueReference):
        return node.key, node.refdoc
    return node["quoted"], page


def is_cell(node: nodes.Element) -> bool:
    """Whether a node is a code cell with its outputs; it then has `cell_index`."""
    return bool(node.get("nb_element") == "cell_code")


def cell_index(node: nodes.Element) -> int | None:
    """The index of the code cell that a node of a page is."""
    return int(node["cell_index"]) if is_cell(node) else None


def outputs(env: BuildEnvironment, page: str, source: str) -> list[list[dict[str, Any]]]:
    """What each cell of an executed page showed, by the types of its data; none if one raised."""
    cache = get_cache(cache_folder(env))
    try:
        _, executed = cache.merge_match_into_notebook(as_notebook(env, page, source))
    except KeyError:  # what raised is not kept
        return []
    shown = (cell.get("outputs", ()) for cell in executed.cells)
    return [[output.get("data", {}) for output in outputs] for outputs in shown]


# ---- Sphinx, sphinx-design, sphinx-proof and sphinx-exercise


def is_dropdown(node: nodes.Element) -> bool:
    """Whether a node is a dropdown; sphinx-design documents its class no more than its name."""
    return type(node).__name__ == "dropdown_main"


def is_solution(node: nodes.Element) -> bool:
    """Whether a node is the solution of an exercise, likewise."""
    return type(node).__name__ == "solution_node"


def is_numbered_box(node: nodes.Element) -> bool:
    """Whether a node is a definition, theorem, exercise or the like: they share only a suffix."""
    named = type(node).__name__.endswith("_node") and "ids" in node
    return named and isinstance(node[0], nodes.title)


def section_numbers(env: BuildEnvironment, page: str) -> dict[str, str]:
    """The numbers that Sphinx writes only into HTML, by a section's anchor."""
    found = env.toc_secnumbers.get(page, {})
    return {anchor: ".".join(map(str, number)) for anchor, number in found.items()}


def number_of(env: BuildEnvironment, page: str, kind: str, name: str) -> str:
    """The number of a figure, equation or box, likewise; empty if it has none."""
    return ".".join(map(str, env.toc_fignumbers.get(page, {}).get(kind, {}).get(name, ())))


def labels(env: BuildEnvironment) -> dict[tuple[str, str], str]:
    """The label of each page and id that has one, which Sphinx looks up only the other way."""
    known = env.domaindata["std"]["anonlabels"]
    return {(page, place): label for label, (page, place) in known.items()}


def neighbours(app: Sphinx, page: str) -> tuple[str | None, str | None]:
    """The pages before and after a page; a template's context has only their titles."""
    _, before, after = app.builder.relations.get(page, (None, None, None))  # type: ignore[attr-defined]
    return before, after


def write_like_the_site(app: Sphinx) -> None:
    """Let another builder of HTML write each kind of node as the site does.

    Sphinx leaves out what is registered for `html` as soon as one extension registers something
    for that builder.
    """
    handlers, name = app.registry.translation_handlers, app.builder.name
    if app.builder.format == "html":
        handlers[name] = handlers.get("html", {}) | handlers.get(name, {})


# ---- files in other packages


def katex() -> str:
    """KaTeX's script, which sphinxcontrib-katex brings for itself."""
    folders: Any = sphinxcontrib.__path__
    found = (Path(folder, "katex.min.js") for folder in folders)
    return next(file for file in found if file.exists()).read_text("utf-8")


def mathematics_font() -> Any:
    """STIX Two Math, which ziamath brings for itself, as a file to open."""
    return files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf"
