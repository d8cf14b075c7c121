"""A density fitted to the codes of a trained autoencoder, so that it can generate."""

from dataclasses import dataclass
from typing import Any

import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor

from labcode import runs
from labcode.data import load, moments
from labcode.models.autoencoder import Autoencoder
from labcode.models.variational import VariationalAutoencoder
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit
from labcode.training.networks import RunSpec
from labcode.training.variational import VariationalRunSpec


@dataclass(frozen=True)
class CodeMixtureSpec:
    """A mixture of Gaussians with full covariances, fitted to codes of training images.

    Density estimation after training, as Ghosh et al. (2020) do it, by scikit-learn's EM.

    Attributes
    ----------
    autoencoder : RunSpec or VariationalRunSpec
        Whose codes; it is trained first if it is not on disk.
    components : tuple of int
        Numbers of Gaussians to try. The one with the highest likelihood of the validation
        images' codes is kept.
    codes : int
        How many training images to fit to.
    """

    autoencoder: RunSpec | VariationalRunSpec
    components: tuple[int, ...]
    codes: int

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"mixture of codes, {self.autoencoder.title}"

    @property
    def cost(self) -> float:
        """Below that of its autoencoder, which is trained first."""
        return self.autoencoder.cost / 4

    def train(self, device: str = "auto") -> Fit:
        """Fit the mixture.

        Returns
        -------
        Fit
            `weights` holds `weights` (c,), `means` (c, k) and `factors` (c, k, k), the Cholesky
            factors of the covariances. `history` holds `components` and `validation_density`,
            nats a code, shape (len(components),).
        """
        run: runs.Run[Any] = runs.get(self.autoencoder, device)
        split = load(self.autoencoder.data)
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.autoencoder.seed)
            model = runs.model_of(run)
            train = codes_of(model, split.train.pixels[: self.codes]).double().numpy()
            validation = codes_of(model, split.validation.pixels).double().numpy()
        mixtures = [
            GaussianMixture(
                components, tol=1e-2, max_iter=200, random_state=self.autoencoder.seed
            ).fit(train)
            for components in self.components
        ]
        scores = torch.tensor(
            [mixture.score(validation) for mixture in mixtures], dtype=torch.float64
        )
        best = mixtures[int(scores.argmax())]
        weights = {
            "weights": torch.from_numpy(best.weights_),
            "means": torch.from_numpy(best.means_),
            "factors": torch.linalg.cholesky(torch.from_numpy(best.covariances_)),
        }
        history = {"components": torch.tensor(self.components), "validation_density": scores}
        return Fit(weights, history)


@torch.no_grad()
def codes_of(model: Autoencoder, pixels: Tensor) -> Tensor:
    """Codes of images, shape (n, k): a VAE's are drawn from q(z | x), one for each image."""
    if isinstance(model, VariationalAutoencoder):
        return torch.cat([model.posterior(some).sample() for some in pixels.split(1000)])
    return torch.cat([model.encode(some) for some in pixels.split(1000)])


def sample_mixture(mixture: dict[str, Tensor], n: int, generator: torch.Generator) -> Tensor:
    """Draw n independent codes, shape (n, k), float32.

    Parameters
    ----------
    mixture : dict of Tensor
        The weights of a `CodeMixtureSpec`'s run.
    n : int
    generator : torch.Generator
    """
    which = torch.multinomial(mixture["weights"], n, replacement=True, generator=generator)
    noise = torch.randn(n, mixture["means"].shape[1], 1, dtype=torch.float64, generator=generator)
    return (mixture["means"][which] + (mixture["factors"][which] @ noise).squeeze(-1)).float()


def one_gaussian(codes: Tensor) -> dict[str, Tensor]:
    """The mixture with one component: the codes' mean and covariance."""
    mean, covariance = moments(codes)
    return {
        "weights": torch.ones(1, dtype=torch.float64),
        "means": mean[None],
        "factors": torch.linalg.cholesky(covariance)[None],
    }
