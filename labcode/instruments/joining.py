"""ES modules joined into one classic script.

Chromium loads neither modules nor workers from `file://`, and a notebook's output is one piece of
HTML. So the scripts are written as modules, and joined when an instrument is shown: each becomes a
function that is called once and gives what it exports, after all that it imports.
"""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable

IMPORT = re.compile(r'^import \{([\w\s,]+)\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class NotJoined(ValueError):
    """A script cannot be joined with what it imports."""


def joined(entry: str, folder: Traversable | None = None) -> str:
    """A module and all that it imports, as one classic script that leaves no global name.

    Parameters
    ----------
    entry : str
        The module's file, such as `"explorer.js"`.
    folder : Traversable, optional
        Where it and the others are. Those of labcode if not given.

    Returns
    -------
    str
        Imported modules stand before those that import them, each once. No line holds `</script`,
        so that the script can stand in a page.

    Raises
    ------
    NotJoined
        If a module is missing, imports itself by way of others, asks for a name that another
        does not export, or has an import or export of another form than
        `import { a, b } from "./other.js";` and `export function`, `class` or `const`.
    """
    place = folder or files("labcode.instruments") / "scripts"
    written: dict[str, str] = {}
    exports: dict[str, list[str]] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise NotJoined(f"{' imports '.join((*above, name))}: a module imports itself.")
        if name in written:
            return
        file = place / f"{name}.js"
        if not file.is_file():
            asked = f", see {above[-1]}.js" if above else ""
            raise NotJoined(f"there is no module {name}.js{asked}.")
        text = file.read_text("utf-8")
        for names, other in IMPORT.findall(text):
            add(other, (*above, name))
            missing = set(_names(names)) - set(exports[other])
            if missing:
                raise NotJoined(f"{name}.js: {other}.js does not export {', '.join(missing)}.")
        exports[name] = EXPORT.findall(text)
        body = IMPORT.sub(lambda found: _taken(found[1], found[2]), text)
        body = EXPORT.sub("", body)
        if other_form := OTHER.search(body):
            raise NotJoined(f"{name}.js: the line {other_form[0]!r} cannot be joined.")
        if "</script" in body.lower():
            raise NotJoined(f"{name}.js holds '</script', which would end it in a page.")
        written[name] = (
            f"const {_variable(name)} = (() => {{\n{body}"
            f"return {{ {', '.join(exports[name])} }};\n}})();\n"
        )

    add(entry.removesuffix(".js"), ())
    return f'"use strict";\n(() => {{\n{"".join(written.values())}}})();\n'


def _names(listed: str) -> list[str]:
    return [name for name in re.split(r"[\s,]+", listed) if name]


def _taken(names: str, other: str) -> str:
    return f"const {{ {', '.join(_names(names))} }} = {_variable(other)};\n"


def _variable(module: str) -> str:
    return f"module_{module.replace('-', '_')}"
