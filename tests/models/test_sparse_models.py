"""Ties, unit columns, few units, and a penalty on the derivative, against autograd."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from labcode.models import sparse

SHAPE = (3, 4)


def test_a_tied_decoder_has_the_encoders_weights():
    model = sparse.TiedAutoencoder(5, sigmoid_output=False, shape=SHAPE)
    z = torch.eye(5)
    torch.testing.assert_close(model.decode(z).flatten(1), model.weight)
    assert sum(weight.numel() for weight in model.parameters()) == 5 * 12 + 5 + 12


def test_the_contractive_penalty_is_the_jacobians_squared_norm():
    torch.manual_seed(0)
    model = sparse.ContractiveAutoencoder(6, penalty=0.7, shape=SHAPE)
    x = torch.rand(4, *SHAPE)
    jacobians = torch.func.vmap(torch.func.jacrev(lambda one: model.encoder(one[None])[0]))(x)
    norms = jacobians.flatten(1).square().sum(1)
    torch.testing.assert_close(model.contraction(model.encode(x)), norms)
    plain = functional.mse_loss(model(x), x)
    torch.testing.assert_close(model.loss(x, x), plain + 0.7 * norms.mean() / 12)
    torch.testing.assert_close(model.eval().loss(x, x), plain)
    assert norms.min() != norms.max()


def test_sparse_codes_have_unit_atoms_a_penalty_and_few_units():
    torch.manual_seed(1)
    x = torch.rand(8, *SHAPE)
    model = sparse.SparseAutoencoder(9, penalty=0.3, active=2, shape=SHAPE)
    np.testing.assert_allclose(model.atoms.detach().norm(dim=1), 1, rtol=1e-6)
    full = model.encoder(x)
    z = model.encode(x)
    assert ((z > 0).sum(1) <= 2).all() and (z.amax(1) == full.amax(1)).all()
    torch.testing.assert_close(z.sum(), full.topk(2, 1).values.sum())
    plain = functional.mse_loss(model(x), x)
    torch.testing.assert_close(model.loss(x, x), plain + 0.3 * z.sum(1).mean() / 12)
    torch.testing.assert_close(model.eval().loss(x, x), plain)


def test_atoms_do_not_see_how_long_their_columns_are():
    model = sparse.SparseAutoencoder(9, sigmoid_output=False, shape=SHAPE)
    z = torch.rand(2, 9)
    before = model.decode(z)
    with torch.no_grad():
        model.decoder[0].weight.mul_(7)
    torch.testing.assert_close(model.decode(z), before)


def test_more_active_units_than_there_are_is_refused():
    with pytest.raises(ValueError, match="active=5"):
        sparse.SparseAutoencoder(4, active=5)
