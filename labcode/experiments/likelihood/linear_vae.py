"""The linear VAE is probabilistic PCA: its likelihood, and which of its units collapse."""

from labcode.baselines.pca import principal_components
from labcode.baselines.probabilistic_pca import collapse, linear_fit
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.likelihood.sizes import epochs, everything
from labcode.models.variational import LinearVAE
from labcode.training.loop import Optimiser
from labcode.training.networks import model_spec
from labcode.training.variational import VariationalRunSpec

CODE_SIZE = 8
COLLAPSE_CODE_SIZE = 12
UNITS_IN_USE = (2, 6)  # Fashion-MNIST's spectrum has clear gaps below these
OPTIMISER = Optimiser(learning_rate=1e-2)


@design(scores={"fit": linear_fit})
def fits(profile: Profile, seed: int) -> VariationalRunSpec:
    """Linear VAEs with learned variance, trained by sampling."""
    return VariationalRunSpec(
        model_spec(LinearVAE, code_size=CODE_SIZE),
        epochs=epochs(profile, "linear"),
        seed=seed,
        data=everything(profile),
        optimiser=OPTIMISER,
        batch_size=120,
    )


def inside_gaps(profile: Profile) -> tuple[float, ...]:
    """Variances that leave room for so many units: between two eigenvalues of these images."""
    spectrum = principal_components(everything(profile)).eigenvalues.tolist()
    return tuple(_between(spectrum[units], spectrum[units - 1]) for units in UNITS_IN_USE)


def _between(low: float, high: float) -> float:
    middle = (low * high) ** 0.5
    rounded = float(f"{middle:.1e}")
    return rounded if low < rounded < high else middle


@design(scores={"collapse": collapse}, v=inside_gaps)
def collapses(profile: Profile, v: float) -> VariationalRunSpec:
    """Linear VAEs with more units than their fixed variance v leaves room for."""
    return VariationalRunSpec(
        model_spec(LinearVAE, code_size=COLLAPSE_CODE_SIZE, variance=v),
        epochs=epochs(profile, "collapse"),
        seed=profile.seeds[0],
        data=everything(profile),
        optimiser=OPTIMISER,
        batch_size=300,
    )
