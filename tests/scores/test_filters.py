"""How local filters are whose answer is known, and which maps are dead."""

import numpy as np
import pytest
import torch

from labcode import runs
from labcode.data import DataSpec
from labcode.models import ShallowAutoencoder
from labcode.models.conv import LabCNN
from labcode.scores.filters import dead_maps, gains, locality, open_maps, silent_units
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec


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


def test_gains_of_one_layer_are_columns_times_the_sigmoids_slope():
    torch.manual_seed(0)
    model, x = ShallowAutoencoder(5).eval(), torch.rand(30, 1, 28, 28)
    with torch.no_grad():
        model.encoder[1].bias[2] = -100.0  # this unit never opens, so it is left out,
        model.decoder[0].weight[:, 4] = 0  # and so is this one, which nothing answers to
        codes, out = model.encode(x), model(x)
        slope = (out * (1 - out)).mean(0)[0]
        columns = model.decoder[0].weight.T.view(-1, 28, 28)
    expected = torch.stack([codes[:, k].std() * slope * columns[k] for k in (0, 1, 3)])
    torch.testing.assert_close(gains(model, x, step=1e-2), expected, rtol=2e-3, atol=1e-5)


def test_gains_of_a_convolutional_code_reach_their_field_and_no_further():
    torch.manual_seed(0)
    found = gains(LabCNN().eval(), torch.rand(20, 1, 28, 28))
    reached = (found != 0).float()
    sides = torch.stack([reached.amax(axis).sum(1) for axis in (1, 2)])
    assert sides.max() <= 9  # 3, then 2 * 2 + 3 = 7, then 7 + 2


def test_maps_that_open_are_followed_over_the_epochs(empty_cache, fashion_mnist):
    spec = RunSpec(model_spec(LabCNN), 2, 0, DataSpec(200, 0), snapshots=True)
    found = open_maps(spec, maps=8, images=50)
    model = LabCNN().eval()
    model.load_state_dict(spec.train("cpu").weights)
    with torch.no_grad():
        codes = model.encode(fashion_mnist.train.pixels[:50]).view(50, 8, 49)
    opened = (codes.amax(2) > 0).float().mean(0)
    assert found.dims == ("epoch", "map") and found.shape == (3, 8)
    np.testing.assert_allclose(found.isel(epoch=-1), opened)


def test_silent_units_are_those_without_a_positive_input(fashion_mnist):
    """Counted from the weights: a unit is silent if no test image reaches its threshold."""
    model = model_spec(ShallowAutoencoder, code_size=40)
    network = RunSpec(model, 2, 0, DataSpec(500, 50), optimiser=Optimiser(learning_rate=0.1))
    weights = runs.get(network).weights
    reached = fashion_mnist.test.pixels.flatten(1) @ weights["encoder.1.weight"].T
    found = int(((reached + weights["encoder.1.bias"]).amax(0) <= 0).sum())
    assert 0 < found < 40
    assert silent_units(network) == found
