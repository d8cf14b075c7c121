"""What the chapters of the book execute: data, models, training, closed forms and figures.

Data flow one way: `data`, `corruption`, `models`, `training`, `runs`, `experiments`, `figures`.
`theory` holds the closed forms that the experiments are checked against and needs no training.
"""

__version__ = "0.1.0"
# By this name pip knows it: on PyPI, labcode is another project's name.
DISTRIBUTION = "autoencoders-measured"
