"""How local filters are whose answer is known, and which maps are dead."""

import numpy as np
import pytest
import torch

from labcode.models.conv import LabCNN
from labcode.scores.filters import dead_maps, locality


def test_locality_of_filters_whose_answer_is_known():
    spread, point, block = np.ones((28, 28)), np.zeros((28, 28)), np.zeros((28, 28))
    point[3, 4] = -2.0
    block[5:12, 9:16] = 1.0
    found = locality(np.stack([spread, point, block]), 7)
    assert found.share.values == pytest.approx([49 / 784, 1, 1])
    assert found.pixels.values == pytest.approx([784, 1, 49])
    small = locality(np.ones((2, 3, 3)), 7)
    assert small.share.values == pytest.approx([1, 1])


def test_a_map_whose_relu_never_opens_is_counted_dead():
    model, x = LabCNN(), torch.rand(20, 1, 28, 28)
    with torch.no_grad():
        model.encoder[2].weight[3] = 0
        model.encoder[2].bias.fill_(100.0)
        assert dead_maps(model.encode(x).view(20, 8, 49)) == 0
        model.encoder[2].bias[3] = -0.1
        assert dead_maps(model.encode(x).view(20, 8, 49)) == 1
