"""How an assignment is written, and what is refused."""

import re

import numpy as np
import pytest

from labpack import personal, sources

GOOD = """\
# %% [markdown]
# # A lab

# %% [markdown] task="double"
# ## 1. Double
#
# Return twice the number.

# %%
def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION

# %% check
print(double(1))

# %% hidden points=2
def test_double(double):
    assert double(3) == 6

# %% [markdown] written="why" points=4
# ## 2. Why

# %% [markdown] answer
# Because.

# %% [markdown] rubric
# | full |
"""


def test_a_source_is_tasks_with_points():
    double, why = sources.parsed("data", GOOD).tasks
    assert (double.title, double.points, len(double.checks)) == ("1. Double", 2, 1)
    assert double.hidden == [(2, "def test_double(double):\n    assert double(3) == 6")]
    assert double.text.endswith("Return twice the number.")
    assert (why.written, why.points, why.solution, why.rubric) == (True, 4, "Because.", "| full |")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    assert double(3) == 6", "    assert double(3) == 6\n\nx = 1", "is not one function"),
        ("# %% [markdown] rubric\n# | full |", "", "why has no rubric"),
        ("# %% [markdown] answer\n# Because.", "", "why has no solution"),
        (
            "    # BEGIN SOLUTION\n    return 2 * x\n    # END SOLUTION",
            "    return 2 * x",
            "double has no mark of a solution",
        ),
        ("# %% check", "# %%", "double has two solutions"),
        ("# %% hidden points=2", "# %% check", "double has no points"),
        ('# %% [markdown] task="double"', "# %% check", "before the first task"),
    ],
)
def test_a_source_that_breaks_a_rule_is_refused_by_name(old, new, says):
    assert GOOD.count(old) == 1
    with pytest.raises(sources.SourceError, match=f"^data: .*{re.escape(says)}"):
        sources.parsed("data", GOOD.replace(old, new))


@pytest.mark.parametrize("chapter", sources.CHAPTERS)
def test_each_chapter_has_six_to_eight_tasks_one_of_them_in_words(chapter):
    tasks = sources.read(chapter).tasks
    assert 6 <= len(tasks) <= 8
    assert [task.written for task in tasks].count(True) == 1 and tasks[-1].written
    assert all(task.checks for task in tasks if not task.written)
    assert [task.title.partition(".")[0] for task in tasks] == [
        str(number) for number in range(1, len(tasks) + 1)
    ]


@pytest.mark.parametrize("chapter", sources.CHAPTERS)
def test_a_rubrics_points_are_its_tasks(chapter):
    (written,) = [task for task in sources.read(chapter).tasks if task.written]
    assert sum(map(int, re.findall(r"\*\* \((\d+)\)", written.rubric))) == written.points


def test_numbers_are_a_students_own_and_the_same_everywhere():
    first = personal.generator("ann", "kl").random(3)
    np.testing.assert_allclose(first, personal.generator(" Ann ", "kl").random(3))
    for other in (("ben", "kl"), ("ann", "elbo")):
        assert not np.allclose(first, personal.generator(*other).random(3))
    digits = personal.digits(personal.generator("ann", "kl"), 50)
    assert digits.shape == (50, 64) and digits.min() == 0 and digits.max() == 1


def test_the_graders_name_comes_before_the_notebooks(monkeypatch):
    assert personal.owner({"STUDENT": "ann"}) == "ann"
    monkeypatch.setenv(personal.VARIABLE, "ben")
    assert personal.owner({"STUDENT": "ann"}) == "ben"
