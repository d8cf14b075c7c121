"""What real people ran into, by its kind, and the tests that hold what is right now.

The kinds come from public bug reports of people who build executable books, run downloaded
notebooks, train autoencoders and load Fashion-MNIST, and were tried on this project.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TRIALS = {
    "images of the wrong shape train a wrong network": [
        "test_checks.py::test_every_network_refuses_other_images",
        "test_checks.py::test_fit_refuses_other_images_before_it_trains",
        "test_checks.py::test_a_target_of_another_shape_is_not_broadcast",
        "test_checks.py::test_every_likelihood_refuses_what_it_would_broadcast",
        "test_checks.py::test_scores_refuse_two_shapes_and_other_pixels",
        "test_checks.py::test_trial_scores_of_codes_and_features_refuse_what_are_no_such_vectors",
    ],
    "wrong type or range of pixels": [
        "test_checks.py::test_every_network_refuses_other_images",
        "test_checks.py::test_fit_refuses_other_images_before_it_trains",
        "test_checks.py::test_the_classifier_refuses_other_images",
        "test_checks.py::test_likelihoods_of_pixels_refuse_numbers_outside_0_to_1",
        "test_checks.py::test_noise_in_units_of_the_pixel_range_refuses_other_pixels",
    ],
    "a mistyped option becomes another one": [
        "test_checks.py::test_a_mistyped_option_is_refused_with_the_list_of_names",
    ],
    "sizes that do not fit": [
        "test_checks.py::test_impossible_sizes_are_refused_by_name",
        "test_checks.py::test_a_convolution_refuses_shapes_that_do_not_halve_twice",
        "test_checks.py::test_trial_data_that_cannot_be_are_refused",
    ],
    "values of the data built into code": [
        "experiments/test_likelihood.py::test_trial_collapse_levels_follow_the_data",
    ],
    "the pages run in another Python than the build's": [
        "book/test_faults.py::"
        "test_trial_pages_run_in_the_python_that_builds_and_in_the_folders_it_was_given",
    ],
    "relative paths of data and cache": [
        "book/test_faults.py::"
        "test_trial_pages_run_in_the_python_that_builds_and_in_the_folders_it_was_given",
    ],
    "installed, yet could not be installed": [
        "book/test_site_pages.py::test_trial_what_pip_puts_into_a_new_user_folder_is_found",
    ],
    "a read-only cache that holds runs and no verdicts": [
        "runs/test_store.py::test_a_cache_that_may_only_be_read_serves_what_it_has",
        "audit/test_verification.py::"
        "test_the_books_record_is_whole_and_its_verdicts_and_citations_are_good",
    ],
    "the user's matplotlibrc is in the book": [
        "figures/test_style.py::test_trial_the_readers_matplotlibrc_is_not_in_the_book",
    ],
    "a repair of the theme undone by another": [
        "book/test_without_a_repository.py::test_trial_the_magnifier_does_not_lie_on_the_text",
    ],
    "print from dark mode": [
        "book/test_site_pages.py::test_trial_print_is_light_from_a_dark_screen",
        "book/test_without_a_repository.py::test_trial_pages_are_printed_in_light",
    ],
    "the 404 page below the root": [
        "book/test_site_pages.py::"
        "test_trial_the_page_for_no_address_has_full_addresses_and_its_skip_link_stays",
        "book/test_site_pages.py::"
        "test_trial_the_page_for_no_address_is_self_contained_where_the_address_is_unknown",
        "book/test_without_a_repository.py::test_trial_the_page_for_no_address_needs_nothing_else",
    ],
    "addresses as they come": [
        "book/test_site_pages.py::test_trial_an_address_without_its_scheme_is_completed",
        "book/test_site_pages.py::test_trial_what_is_no_address_is_refused",
    ],
    "conversion of notebooks": [
        "book/test_site_pages.py::test_trial_notebooks_convert_to_a_script_of_python",
    ],
    "another builder": [
        "book/test_site_pages.py::test_trial_no_notebook_is_offered_where_none_is_made",
    ],
    "command line": [
        "test_command_line.py::test_trial_a_misuse_is_one_line_and_exit_status_2",
        "test_command_line.py::test_trial_an_export_that_fails_leaves_nothing_over",
    ],
    "ASCII locale and a path that is not": [
        "test_command_line.py::test_trial_a_locale_without_some_letters_prints_the_others",
        "data/test_files.py::"
        "test_trial_a_cache_folder_that_the_locale_cannot_express_is_one_message",
    ],
    "disk full while data are fetched": [
        "data/test_files.py::test_trial_a_full_disk_is_named_when_the_data_are_fetched",
    ],
    "noise in the first build": [
        "book/test_faults.py::"
        "test_trial_pages_run_in_the_python_that_builds_and_in_the_folders_it_was_given",
        "runs/test_store.py::test_trial_a_notebook_without_ipywidgets_gets_a_bar_and_no_warning",
    ],
    "320 pixels": [
        "book/test_pages_in_browser.py::test_trial_no_page_scrolls_sideways_at_320_pixels",
        "book/test_without_a_repository.py::test_trial_there_is_no_page_to_which_nothing_leads",
    ],
    "text at 200%": [
        "book/test_without_a_repository.py::"
        "test_trial_text_of_twice_the_size_stays_in_the_side_bar",
    ],
    "data folders": [
        "data/test_files.py::test_trial_zip_archives_are_read",
        "data/test_files.py::test_trial_right_content_under_a_wrong_gz_name_is_used",
        "data/test_files.py::test_trial_a_folder_that_is_missing_is_not_reported_as_a_missing_file",
    ],
}


@cache
def named_in(file: Path) -> set[str]:
    """The names of a file's tests."""
    body = ast.parse(file.read_text("utf-8")).body
    names = {part.name for part in body if isinstance(part, ast.FunctionDef)}
    return {name for name in names if name.startswith("test_")}


@pytest.mark.parametrize("kind", TRIALS)
def test_each_trial_is_held_by_tests_that_are_there(kind):
    for place in TRIALS[kind]:
        file, _, name = place.partition("::")
        assert name in named_in(ROOT / "tests" / file), place


def test_each_test_of_a_trial_is_listed():
    listed = {place for places in TRIALS.values() for place in places}
    there = {
        f"{file.relative_to(ROOT / 'tests').as_posix()}::{name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in named_in(file)
        if name.startswith("test_trial_")
    }
    assert there - listed == set()
