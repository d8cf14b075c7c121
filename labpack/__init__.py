"""The lab pack: an assignment a chapter, its autograder and its quizzes, from one source each.

`python -m labpack build` makes all of it, `python -m labpack grade` grades a folder of notebooks.
"""
