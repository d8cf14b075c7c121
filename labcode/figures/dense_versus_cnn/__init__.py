"""Figures of Chapter 3, from the tables of `labcode.experiments.dense_versus_cnn`.

One module a section of the page, named as the section's experiments; `looks` for all.
"""

from labcode.figures.dense_versus_cnn.as_run import as_the_lab_ran_it
from labcode.figures.dense_versus_cnn.features import filters
from labcode.figures.dense_versus_cnn.matched import matched_pairs
from labcode.figures.dense_versus_cnn.metrics import probes, reconstructions
from labcode.figures.dense_versus_cnn.models import diagrams
from labcode.figures.dense_versus_cnn.sampling import designs
from labcode.figures.dense_versus_cnn.sharing import epochs, pareto
from labcode.figures.dense_versus_cnn.space import permuted, shifts

__all__ = [
    "as_the_lab_ran_it",
    "designs",
    "diagrams",
    "epochs",
    "filters",
    "matched_pairs",
    "pareto",
    "permuted",
    "probes",
    "reconstructions",
    "shifts",
]
