"""What keeps a code from the identity, if not its size: ties, sparsity, a small derivative.

Five shallow networks with a ReLU code of 256 units and a sigmoid output, on the images of
`nonlinear`, with equally many updates: as many rounds as the profile has epochs, of 60 steps of
128 images, Adam at 0.001 with a cosine schedule. They differ in one thing from the plain one: tied
weights; unit columns and an L1 penalty of 0.1; unit columns and the 32 largest units; ties and a
contractive penalty of 0.03. The strengths were set on 10,000 training images in a trial of six
epochs, so that each changes what it is meant to, and are no best of anything. Three seeds.
"""

from labcode.baselines.pca import error_on_test_images
from labcode.data import DataSpec
from labcode.designs.contrast import Contrast, contrast
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.beyond_linear import nonlinear
from labcode.models import ShallowAutoencoder
from labcode.models.sparse import ContractiveAutoencoder, SparseAutoencoder, TiedAutoencoder
from labcode.runs import Spec
from labcode.scores.code_use import code_use
from labcode.scores.reconstruction import history, reconstruction_error
from labcode.training.capped import CappedRunSpec
from labcode.training.networks import model_spec

CODE_SIZE, SEEDS = 256, 3
PLAIN, TIED, L1, TOP_K, CONTRACTIVE = "plain", "tied", "L1", "top-k", "contractive"
KINDS = (PLAIN, TIED, L1, TOP_K, CONTRACTIVE)
MODELS = {
    PLAIN: model_spec(ShallowAutoencoder, code_size=CODE_SIZE),
    TIED: model_spec(TiedAutoencoder, code_size=CODE_SIZE),
    L1: model_spec(SparseAutoencoder, code_size=CODE_SIZE, penalty=0.1),
    TOP_K: model_spec(SparseAutoencoder, code_size=CODE_SIZE, active=32),
    CONTRACTIVE: model_spec(ContractiveAutoencoder, code_size=CODE_SIZE, penalty=0.03),
}


@design(
    scores={"test_mse": reconstruction_error, "train_loss": history, "use": code_use},
    kind=KINDS,
    seed=lambda profile: profile.seeds[:SEEDS],
)
def networks(profile: Profile, kind: str, seed: int) -> CappedRunSpec:
    """The plain network, and four that are kept from the identity in one way each."""
    return CappedRunSpec(
        MODELS[kind],
        profile.epochs,
        seed,
        DataSpec(nonlinear.images(profile).train, 0),
        batch_size=nonlinear.BATCH_SIZE,
        schedule="cosine",
        updates=profile.within(minutes=60, hours=60, token=10),
    )


@design(code_size=(CODE_SIZE,))
def by_pca(profile: Profile, code_size: int) -> Spec:
    """PCA at the same code size, fitted on the same images."""
    return error_on_test_images.spec(code_size, nonlinear.images(profile))


def costs(profile: Profile) -> dict[str, Contrast]:
    """What each way costs: its test MSE minus the plain network's, by Welch, in pixel units."""
    test_mse = networks.table(profile).test_mse
    return {kind: contrast(test_mse, kind=(kind, PLAIN)) for kind in KINDS[1:]}
