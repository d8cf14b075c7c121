"""What a page receives is the network: unpacked here in NumPy, by the format's description."""

import base64
import gzip
import json
import re

import numpy as np
import pytest
import torch
from torch import nn

from labcode.baselines.planes import Panel
from labcode.instruments import Explorer, UnsupportedLayer
from labcode.models import DeepAutoencoder, LinearAutoencoder

CLASSES = ("trousers", "sandal", "bag")
TOLERANCE = 1e-3


def panel(name="AE", decoder=None, n=30, spread=3.0):
    torch.manual_seed(0)
    decoder = decoder or DeepAutoencoder(2, hidden=(96, 64)).decoder
    return Panel(name, decoder, spread * torch.randn(n, 2))


def explorer(*panels):
    panels = panels or (panel(),)
    return Explorer(panels, torch.arange(len(panels[0].codes)) % 3, CLASSES)


class Unpacked:
    """The payload, read with nothing but gzip, json and NumPy."""

    def __init__(self, payload: str) -> None:
        self.whole = gzip.decompress(base64.b64decode(payload))
        start = 4 + int.from_bytes(self.whole[:4], "little")
        self.header = json.loads(self.whole[4:start])
        self.at = start
        n = self.header["images"]
        self.labels = self.take("u1", n)
        self.codes, self.decoders = [], []
        for about in self.header["panels"]:
            left, right, bottom, top = about["view"]
            x, y = self.take("<u2", n) / 65535, self.take("<u2", n) / 65535
            self.codes.append(np.stack([left + x * (right - left), bottom + y * (top - bottom)], 1))
            self.decoders.append([self.layer(**layer) for layer in about["layers"]])
        assert self.at == len(self.whole)

    def take(self, kind: str, count: int) -> np.ndarray:
        found = np.frombuffer(self.whole, kind, count, self.at)
        self.at += found.nbytes
        return found

    def layer(self, kind, inputs=0, outputs=0):
        if kind != "linear":
            return {
                "relu": lambda v: np.maximum(v, 0),
                "silu": lambda v: v / (1 + np.exp(-v)),
                "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
                "tanh": np.tanh,
                "identity": lambda v: v,
            }[kind]
        scale, bias = self.take("<f4", outputs), self.take("<f4", outputs)
        low, high = self.take("u1", inputs * outputs), self.take("i1", inputs * outputs)
        weight = (high * 256.0 + low).reshape(outputs, inputs) * scale[:, None]
        return lambda v: v @ weight.T + bias

    def decode(self, which: int, codes: np.ndarray) -> np.ndarray:
        for layer in self.decoders[which]:
            codes = layer(codes)
        return codes


DECODERS = {
    "deep": lambda: DeepAutoencoder(2, hidden=(96, 64)).decoder,
    "linear": lambda: LinearAutoencoder(2).decoder,
    "all activations": lambda: nn.Sequential(
        nn.Linear(2, 20, bias=False),
        nn.Tanh(),
        nn.Linear(20, 10),
        nn.SiLU(),
        nn.Linear(10, 784),
        nn.Identity(),
        nn.Sigmoid(),
    ),
}


@pytest.mark.parametrize("kind", DECODERS)
def test_the_packed_decoder_is_the_network(kind):
    shown = panel(decoder=DECODERS[kind]())
    with torch.no_grad():
        expected = shown.decoder(shown.codes).flatten(1).numpy()
    found = Unpacked(explorer(shown).payload()).decode(0, shown.codes.numpy())
    assert np.abs(found - expected).max() < TOLERANCE
    assert np.ptp(expected) > 100 * TOLERANCE


def test_codes_labels_and_names_arrive():
    first, second = panel("AE"), panel("VAE", spread=0.1)
    unpacked = Unpacked(explorer(first, second).payload())
    assert [about["name"] for about in unpacked.header["panels"]] == ["AE", "VAE"]
    assert unpacked.header["classes"] == list(CLASSES)
    assert unpacked.labels.tolist() == [i % 3 for i in range(30)]
    for shown, codes in zip((first, second), unpacked.codes, strict=True):
        left, right, bottom, top = shown.view
        assert right - left == pytest.approx(top - bottom)
        assert left < 0 < right
        inside = ((shown.codes > torch.tensor([left, bottom])).all(1)) & (
            (shown.codes < torch.tensor([right, top])).all(1)
        )
        assert inside.float().mean() > 0.9
        assert np.abs(codes - shown.codes.numpy())[inside].max() < (right - left) / 60_000


def test_a_row_of_zeros_stays_zero():
    decoder = nn.Sequential(nn.Linear(2, 784))
    nn.init.zeros_(decoder[0].weight)
    shown = panel(decoder=decoder)
    found = Unpacked(explorer(shown).payload()).decode(0, shown.codes.numpy())
    np.testing.assert_array_equal(found, np.tile(decoder[0].bias.detach().numpy(), (30, 1)))


def test_the_html_asks_no_other_host_and_repeats_itself():
    shown = explorer()
    html = shown._repr_html_()
    assert html == shown._repr_html_()
    assert not re.search(r"https?:|//[a-z]+\.|@import|\bfetch\(|eval\(|new Function", html)
    assert "$" not in re.sub(r"<script>.*?</script>", "", html, flags=re.S)


def test_names_are_escaped():
    html = explorer(panel('<img src="x">'))._repr_html_()
    assert '<img src="x">' not in html


def test_the_still_image_says_what_it_shows():
    html = explorer(panel("PCA"), panel("AE"))._repr_html_()
    (alternative,) = re.findall(r'<img [^>]*alt="([^"]*)"', html)
    assert "PCA, AE" in alternative
    assert len(alternative) > 30


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        (nn.Sequential(nn.Linear(2, 784), nn.Dropout()), "layer 1 of the network is a Dropout"),
        (
            nn.Sequential(nn.Linear(2, 784), nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 1, (3, 5))),
            "layer 2 .* kernel that is not square",
        ),
        (nn.Linear(2, 784), "must be an nn.Sequential, not a Linear"),
    ],
)
def test_a_layer_it_cannot_carry_is_named(decoder, message):
    with pytest.raises(UnsupportedLayer, match=message):
        explorer(panel(decoder=decoder))


@pytest.mark.parametrize("sizes", [(3, 784), (2, 100)])
def test_wrong_sizes_are_named(sizes):
    with pytest.raises(ValueError, match=f"from {sizes[0]} numbers to {sizes[1]}"):
        explorer(panel(decoder=nn.Sequential(nn.Linear(*sizes))))


def test_weights_that_are_not_finite_are_refused():
    decoder = nn.Sequential(nn.Linear(2, 784))
    nn.init.constant_(decoder[0].weight, float("nan"))
    with pytest.raises(ValueError, match="not finite"):
        explorer(panel(decoder=decoder))


def test_inputs_that_do_not_fit_are_refused():
    good = panel()
    with pytest.raises(ValueError, match="at least one panel"):
        Explorer((), torch.zeros(3), CLASSES)
    with pytest.raises(ValueError, match=r"shape \(30, 2\)"):
        Explorer((good,), torch.zeros(29), CLASSES)
    with pytest.raises(ValueError, match="from 0 to 2"):
        Explorer((good,), torch.full((30,), 3), CLASSES)
    with pytest.raises(ValueError, match="11 class names"):
        Explorer((good,), torch.zeros(30), ["a"] * 11)
    with pytest.raises(ValueError, match="not all finite"):
        Explorer(
            (Panel("AE", good.decoder, torch.full((30, 2), torch.nan)),), torch.zeros(30), CLASSES
        )
