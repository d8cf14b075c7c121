"""Figures of dense versus convolutional, from the tables of `labcode.experiments.dense_versus_cnn`.

One module a section of the page, named as the section's experiments; `looks` for all.
"""

from labcode.figures.dense_versus_cnn.as_run import as_the_lab_ran_it, dead_maps
from labcode.figures.dense_versus_cnn.effects import curves, effects, pairs
from labcode.figures.dense_versus_cnn.features import filters, gains
from labcode.figures.dense_versus_cnn.metrics import probes, reconstructions
from labcode.figures.dense_versus_cnn.models import diagrams
from labcode.figures.dense_versus_cnn.sampling import designs
from labcode.figures.dense_versus_cnn.sharing import costs, efficiency, plateau
from labcode.figures.dense_versus_cnn.space import shifts, shuffled

__all__ = [
    "as_the_lab_ran_it",
    "costs",
    "curves",
    "dead_maps",
    "designs",
    "diagrams",
    "effects",
    "efficiency",
    "filters",
    "gains",
    "pairs",
    "plateau",
    "probes",
    "reconstructions",
    "shifts",
    "shuffled",
]
