"""The learning rates that `tuning` chose: constants, so that no run waits for another's result.

A test holds those of the cells and of the matched networks against the recorded table.
"""

import itertools

from labcode.designs.design import Level
from labcode.experiments.dense_versus_cnn.networks import (
    CONVOLUTIONAL,
    DEEP,
    DENSE,
    EQUAL,
    FACTORS,
    IN_PLACE,
    SHALLOW,
    SHUFFLED,
)

MIDDLE, HIGH, HIGHER = 1.5e-3, 4.5e-3, 1.35e-2

CELLS: dict[tuple[Level, ...], float] = {
    **dict.fromkeys(itertools.product(*FACTORS.values()), HIGH),
    **dict.fromkeys(itertools.product((DENSE,), (SHALLOW,), (392,), FACTORS["pixels"]), MIDDLE),
    **dict.fromkeys(
        itertools.product((DENSE,), (DEEP,), FACTORS["code_size"], FACTORS["pixels"]), MIDDLE
    ),
    (CONVOLUTIONAL, SHALLOW, 64, IN_PLACE): HIGHER,
    (CONVOLUTIONAL, SHALLOW, 64, SHUFFLED): HIGHER,
    (CONVOLUTIONAL, DEEP, 64, IN_PLACE): HIGHER,
}
MATCHED: dict[tuple[Level, ...], float] = {
    **dict.fromkeys(itertools.product(FACTORS["depth"], FACTORS["code_size"], EQUAL), MIDDLE),
    (SHALLOW, 64, EQUAL[0]): HIGH,
    (SHALLOW, 64, EQUAL[1]): HIGH,
    (DEEP, 64, EQUAL[0]): HIGH,
}
# By the place among the numbers of images, the smallest first; until tuning is recorded.
FEW_IMAGES = dict.fromkeys(
    itertools.product(FACTORS["layers"], FACTORS["pixels"], range(3)), MIDDLE
)
