"""Pages executed by several threads all reach the cache."""

from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from jupyter_cache import get_cache

from measured_book import training


@pytest.fixture
def cache(tmp_path):
    return get_cache(tmp_path)


def notebook(number: int) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"{number} + 1")])


def test_pages_put_into_the_cache_at_once_are_all_kept(cache):
    numbers = range(60)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: training.keep(cache, notebook(number), "page.md", 1), numbers))
    assert all(training.is_kept(cache, notebook(number)) for number in numbers)
    assert len(cache.list_cache_records()) == 60


def test_a_page_with_another_cell_is_not_kept(cache):
    training.keep(cache, notebook(1), "page.md", 1)
    assert not training.is_kept(cache, notebook(2))
