"""Networks run in Chromium: convolutions and dense layers give what PyTorch gives."""

import json
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from labcode.instruments.embedding import payload
from labcode.instruments.joining import joined
from labcode.instruments.packing import packed
from labcode.models import Autoencoder, DeepAutoencoder
from labcode.models.conv import ConvAutoencoder, DeepConvAutoencoder, LabCNN

SCRIPTS = files("labcode.instruments") / "scripts"
LIBRARY = """import { network } from "./inference.js";
import { unpack } from "./page.js";
window.lib = { network, unpack };
"""
RUN = """async ([payload, inputs]) => {
  const { header, take } = await lib.unpack(payload);
  const run = lib.network(header.layers, take);
  return inputs.map((input) => [...run(input)]);
}"""
NETWORKS = {
    "dense": lambda: DeepAutoencoder(16, hidden=(57, 57)),
    "the lab's": LabCNN,
    "4 x 4 kernels": lambda: ConvAutoencoder(9, up="transposed 4x4"),
    "deep": lambda: DeepConvAutoencoder(64),
}


@pytest.fixture
def library(browser, tmp_path: Path):
    for script in SCRIPTS.iterdir():
        shutil.copy(str(script), tmp_path)
    (tmp_path / "library.js").write_text(LIBRARY)
    page = browser.new_page()
    page.add_script_tag(content=joined("library.js", tmp_path))
    yield page
    page.close()


def in_the_page(library, network: nn.Sequential, x: torch.Tensor) -> np.ndarray:
    found = packed(network, tuple(x.shape[1:]))
    text = payload({"layers": found.layers}, found.parts)
    return np.array(library.evaluate(RUN, [text, x.flatten(1).tolist()]))


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_page_gives_what_pytorch_gives(library, kind):
    torch.manual_seed(0)
    network: Autoencoder = NETWORKS[kind]()
    x = torch.rand(3, 1, 28, 28)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1.8).add_(0.02 * torch.randn_like(parameter))  # biases too
        expected = network(x).flatten(1).numpy()
    found = in_the_page(library, nn.Sequential(*network.encoder, *network.decoder), x)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.ptp(expected) > 0.05


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(2, 3, 5, stride=3, padding=1),
        nn.Conv2d(2, 3, 1, bias=False),
        nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1),
        nn.ConvTranspose2d(2, 3, 4, stride=3, padding=2),
    ],
    ids=repr,
)
def test_a_convolution_is_pytorchs(library, layer):
    torch.manual_seed(1)
    x = torch.randn(2, 2, 7, 6)
    with torch.no_grad():
        expected = layer(x).flatten(1).numpy()
    np.testing.assert_allclose(in_the_page(library, [layer], x), expected, atol=2e-4)


def test_layers_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="layer 1 of the network takes 5 and gets 4"):
        packed(nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 6)), (3,))
    with pytest.raises(
        ValueError, match=r"layer 0 of the network takes \(2, 3\) and gets \(1, 3\)"
    ):
        packed(nn.Sequential(nn.Conv2d(2, 1, 3)), (1, 28, 28))
    assert json.dumps(packed([nn.ReLU(), nn.Flatten()], (3,)).layers) == '[{"kind": "relu"}]'
