"""A page's fingerprint changes with all that decides its outputs, and with nothing else."""

import pytest

from labcode.runs import provenance
from measured_book import training

PAGE = """---
file_format: mystnb
---
# Title

```{code-cell} ipython3
:tags: [remove-cell]

from labcode.designs import profiles
```

Prose.

````{code-cell} ipython3
---
mystnb:
  image:
    alt: A curve
---
from labcode.figures import style
````

:::{code-cell} ipython3
import labcode.theory.pca
:::
"""


@pytest.fixture
def before() -> str:
    return training.fingerprint_of("page", PAGE)


def test_the_same_page_has_the_same_fingerprint(before):
    assert training.fingerprint_of("page", PAGE) == before


@pytest.mark.parametrize(
    ("module", "counts"),
    [
        ("labcode.designs.profiles", True),
        ("labcode.figures.style", True),
        ("labcode.theory.pca", True),
        ("labcode.models.linear", False),
    ],
)
def test_the_code_that_some_cell_imports_counts(before, monkeypatch, module, counts):
    monkeypatch.setitem(provenance.SOURCES, module, provenance.SOURCES[module] + "\nMORE = 1\n")
    assert (training.fingerprint_of("page", PAGE) != before) == counts


def test_the_profile_counts(before, monkeypatch):
    monkeypatch.setenv("LABCODE_PROFILE", "full")
    assert training.fingerprint_of("page", PAGE) != before


def test_the_versions_of_libraries_count(before, monkeypatch):
    monkeypatch.setattr(training, "version", lambda name: "0")
    assert training.fingerprint_of("page", PAGE) != before


def test_the_data_count(before, monkeypatch):
    monkeypatch.setitem(training.CHECKSUMS, "train-images-idx3-ubyte", "another")
    assert training.fingerprint_of("page", PAGE) != before


def test_prose_does_not_count(before):
    assert training.fingerprint_of("page", PAGE.replace("Prose.", "Better prose.")) == before


def test_a_cell_that_is_not_python_is_named():
    page = "```{code-cell} ipython3\nx = = 1\n```\n"
    with pytest.raises(SystemExit, match=r"(?s)in book/03\.md: this cell is not Python.*x = = 1"):
        training.fingerprint_of("book/03", page)


def test_files_beside_the_code_count_where_a_page_uses_them(before, monkeypatch, tmp_path):
    script = tmp_path / "explorer.js"
    script.write_text("first")
    monkeypatch.setattr(
        training,
        "package_data",
        lambda modules: [script] if "labcode.instruments.page" in modules else [],
    )
    reader = PAGE.replace(
        "from labcode.designs import profiles", "from labcode.instruments import Explorer"
    )
    plain, first = training.fingerprint_of("page", PAGE), training.fingerprint_of("page", reader)
    script.write_text("second")
    assert training.fingerprint_of("page", reader) != first
    assert training.fingerprint_of("page", PAGE) == plain


def test_package_data_is_the_files_in_the_modules_folders():
    found = [file.name for file in training.package_data({"labcode.instruments.page"})]
    assert {"instrument.html", "latent-explorer.css", "latent-explorer.js"} <= set(found)
    assert not training.package_data({"labcode.theory.pca"})
