"""Networks, PCA and pixels as coders."""

import numpy as np
import pytest
import torch

from labcode.baselines.coders import Projection, encode, move_right, reconstruct, side_by_side
from labcode.baselines.pca import principal_components
from labcode.data import DataSpec


def test_images_move_right_and_background_comes_in():
    images = torch.arange(1.0, 9.0).view(1, 1, 2, 4)
    assert move_right(images, 1).tolist() == [[[[0, 1, 2, 3], [0, 5, 6, 7]]]]
    assert torch.equal(move_right(images, 0), images)


def test_pixels_are_their_own_code_and_pca_projects(fashion_mnist):
    x = fashion_mnist.test.pixels[:20]
    assert torch.equal(encode(None, x), x.flatten(1)) and torch.equal(reconstruct(None, x), x)
    spec = DataSpec(300, 0)
    fitted, flat = principal_components(spec), x.flatten(1).double().numpy()
    codes = encode(Projection(spec, 8), x)
    np.testing.assert_allclose(codes, fitted.project(flat, 8), atol=1e-5)
    plain, clipped = (reconstruct(Projection(spec, 8, clip), x) for clip in (False, True))
    np.testing.assert_allclose(plain.flatten(1), fitted.reconstruct(flat, 8), atol=1e-6)
    assert plain.min() < 0 == clipped.min()
    assert torch.equal(clipped, plain.clamp(0, 1))

    table = side_by_side(x, {"plain": Projection(spec, 8), "pixels": None})
    assert table.restored.dims == ("coder", "image", "row", "column")
    np.testing.assert_array_equal(table.restored.sel(coder="plain"), plain[:, 0])
    assert float(abs(table.mse.sel(coder="pixels")).max()) == 0
    expected = ((plain - x) ** 2).flatten(1).mean(1)
    assert table.mse.sel(coder="plain").values == pytest.approx(expected.numpy())
