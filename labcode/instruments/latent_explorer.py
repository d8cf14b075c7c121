"""The latent explorer of AE versus VAE: three models side by side, under the reader's hand."""

from functools import cache

import torch
from torch import nn

from labcode import data
from labcode.baselines.pca import principal_components
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.planes import AE, NETWORKS, SHOWN, network_spec, panels
from labcode.instruments.page import Explorer
from labcode.scores.latent_models import trained


@cache
def explorer(profile: Profile) -> Explorer:
    """PCA, AE and VAE side by side, with the codes of the first 2,000 test images."""
    test = data.fashion_mnist("test")
    first = [int((test.labels == k).nonzero()[0]) for k in range(len(data.CLASS_NAMES))]
    return Explorer(
        panels(profile),
        test.labels[:SHOWN],
        data.CLASS_NAMES,
        encoders(profile),
        test.pixels[first].flatten(1),
    )


def encoders(profile: Profile) -> tuple[nn.Module, ...]:
    """The encoder of each panel, PCA's as a linear layer: of the runs that the panels show."""
    networks = [trained(network_spec(profile, model)).encoder for model in NETWORKS]
    fitted = principal_components(network_spec(profile, AE).data)
    layer = nn.Linear(len(fitted.mean), 2)
    components = torch.from_numpy(fitted.components[:, :2].copy())
    with torch.no_grad():
        layer.weight.copy_(components.T)
        layer.bias.copy_(-torch.from_numpy(fitted.mean) @ components)
    return (nn.Sequential(layer), *networks)
