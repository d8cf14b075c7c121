"""Modules become one classic script; what that script does is seen in Chromium."""

import re

import pytest

from labcode.instruments.joining import NotJoined, joined

MODULES = {
    "one": 'import { two,\n  more } from "./two.js";\nimport { three } from "./three.js";\n'
    "const own = 1;\nwindow.found = [own, two(), more, three];\n",
    "two": 'import { three } from "./three.js";\nconst own = 2;\n'
    "export function two() { return own + three; }\nexport const more = 7;\n",
    "three": "window.read = (window.read ?? 0) + 1;\nexport const three = 3;\n",
}


def written(folder, **modules):
    for name, text in (MODULES | modules).items():
        (folder / f"{name}.js").write_text(text)
    return folder


@pytest.mark.browser
def test_modules_keep_their_names_to_themselves_and_run_once(browser, tmp_path):
    page = browser.new_page()
    before = page.evaluate("Object.keys(window)")
    page.add_script_tag(content=joined("one.js", written(tmp_path)))
    assert page.evaluate("window.found") == [1, 5, 7, 3]
    assert page.evaluate("window.read") == 1
    assert set(page.evaluate("Object.keys(window)")) - set(before) == {"found", "read"}
    page.close()


@pytest.mark.parametrize(
    ("two", "message"),
    [
        ('import { three } from "./four.js";\n', "there is no module four.js, see two.js"),
        ('import { own } from "./one.js";\n', "one imports two imports one: a module imports its"),
        ('import { four } from "./three.js";\n', "two.js: three.js does not export four"),
        ('import * as three from "./three.js";\n', "two.js: the line 'import * as three"),
        ("export default 4;\n", "two.js: the line 'export default 4;'"),
        ("export const more = '</script>';\nexport const two = 1;\n", "would end it in a page"),
        ("export const two = 1;\n", "two.js does not export more"),
    ],
)
def test_what_cannot_be_joined_is_named(tmp_path, two, message):
    with pytest.raises(NotJoined, match=re.escape(message)):
        joined("one.js", written(tmp_path, two=two))


def test_a_missing_entry_is_named(tmp_path):
    with pytest.raises(NotJoined, match=r"no module nothing\.js\.$"):
        joined("nothing.js", tmp_path)
