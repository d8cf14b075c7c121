"""Networks and their training: any input, any setting."""

from dataclasses import replace

import torch
from hypothesis import given
from hypothesis import strategies as st

from labcode.data import DataSpec
from labcode.data.corruption import GaussianNoise, GaussianNoiseRange, Masking, SaltAndPepper
from labcode.models.conv import ConvAutoencoder, LabCNN
from labcode.models.dense import DeepAutoencoder, ShallowAutoencoder
from labcode.models.likelihoods import Bernoulli, BernoulliOnGrey, ContinuousBernoulli, Gaussian
from labcode.models.linear import LinearAutoencoder
from labcode.models.variational import DenseVAE, LinearVAE
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, fit, model_spec, score
from tests.fuzz.inputs import (
    finite,
    numbers,
    outcome,
    seeds,
    sizes,
    tensors,
    tries,
    wrong_things,
)

SMALL = (1, 4, 4)
NETWORKS = [
    LinearAutoencoder(2, shape=SMALL),
    ShallowAutoencoder(2, shape=SMALL),
    DeepAutoencoder(2, (3,), shape=SMALL),
    LabCNN(SMALL),
    ConvAutoencoder(2, shape=SMALL),
    DenseVAE(2, (3,), shape=SMALL),
    LinearVAE(2, shape=SMALL),
]
for network in NETWORKS:
    network.eval()
LIKELIHOODS = [Gaussian(), Bernoulli(), BernoulliOnGrey(), ContinuousBernoulli()]
networks = st.sampled_from(NETWORKS)


@tries(60, 1500)
@given(networks, tensors(None, 1, 4, 4))
def test_a_network_answers_image_by_image_or_refuses(model, x):
    found = outcome(lambda: model(x))
    if found is not None and len(x):
        assert found.shape == x.shape
        torch.testing.assert_close(found[-1:], model(x[-1:]), equal_nan=True)


@tries(60, 1000)
@given(networks, tensors(None, 2))
def test_a_decoder_answers_or_refuses(model, z):
    z = z[:, : model.code_size] if isinstance(z, torch.Tensor) and z.ndim == 2 else z
    found = outcome(lambda: model.decode(z))
    assert found is None or found.shape == (len(z), *SMALL)


@tries(40, 800)
@given(networks, tensors(None, 1, 4, 4), tensors(None, 1, 4, 4))
def test_a_loss_is_a_number_or_refused(model, x, target):
    found = outcome(lambda: model.loss(x, target))
    assert found is None or found.shape == ()


@tries(40, 600)
@given(st.sampled_from(LIKELIHOODS), tensors(2, 3), tensors(2, 3))
def test_a_density_is_the_sum_of_its_pixels(likelihood, x, output):
    found = outcome(lambda: likelihood.log_density(x, output))
    if found is not None and x.ndim == 2 and x.shape == output.shape and x.numel():
        alone = [likelihood.log_density(x[:, [i]], output[:, [i]]) for i in range(x.shape[1])]
        torch.testing.assert_close(found, sum(alone), rtol=1e-3, atol=1e-3, equal_nan=True)


@tries(40, 600)
@given(
    st.sampled_from([LinearAutoencoder, ShallowAutoencoder, DeepAutoencoder, LabCNN, DenseVAE]),
    st.dictionaries(st.sampled_from(["code_size", "hidden", "shape", "wrong"]), sizes, max_size=3),
)
def test_what_is_built_works(architecture, arguments):
    arguments = {
        name: (value,) if name != "code_size" else value for name, value in arguments.items()
    }
    spec = outcome(lambda: model_spec(architecture, **arguments))
    if spec is None:
        return
    model = outcome(spec.build)
    if model is not None:
        assert model(torch.zeros(2, *model.shape)).shape == (2, *model.shape)


CORRUPTIONS = st.one_of(st.none(), st.just(GaussianNoise(0.2)), st.just(Masking(0.3)), wrong_things)
SETTINGS = {
    "epochs": st.one_of(st.just(1), sizes.filter(lambda n: not isinstance(n, int) or n < 9)),
    "batch_size": sizes,
    "seed": seeds,
    "schedule": st.sampled_from(["constant", "cosine", "linear", None]),
    "best": st.one_of(st.booleans(), wrong_things),
    "snapshots": st.booleans(),
    "corruption": CORRUPTIONS,
    "fresh_corruption": st.booleans(),
    "validation_corruption": CORRUPTIONS,
    "device": st.sampled_from(["cpu", "auto", "meta", "meta:0", "cpux", "cuda:99", "", None, 3]),
    "optimiser": st.sampled_from([Optimiser("SGD", 0.1), Optimiser(), "Adam"]),
}


@st.composite
def settings_of(draw):
    names = draw(st.lists(st.sampled_from(sorted(SETTINGS)), max_size=3, unique=True))
    return {"epochs": 1, "device": "cpu"} | {name: draw(SETTINGS[name]) for name in names}


@tries(40, 1000)
@given(settings_of(), tensors(None, 4, good=0.85), tensors(3, 4, good=0.85))
def test_fit_trains_or_refuses(given_, train, validation):
    def trained():
        torch.manual_seed(0)
        model = ShallowAutoencoder(2, shape=(4,))
        return fit(model, train, validation, **given_)

    found = outcome(trained)
    if found is not None:
        again = trained()
        assert len(found.history["train_loss"]) == given_["epochs"]
        for name, weight in found.weights.items():
            finite(weight)
            assert torch.equal(weight, again.weights[name])
        best = given_.get("best")
        assert not best or len(validation)


@tries(30, 400)
@given(tensors(None, 4), tensors(None, 4), sizes)
def test_a_score_is_the_mean_of_its_images(x, target, batch_size):
    model = ShallowAutoencoder(2, shape=(4,))
    found = outcome(lambda: score(model, x, target, batch_size))
    if found is not None:
        alone = [score(model, a[None], b[None]) for a, b in zip(x, target, strict=True)]
        torch.testing.assert_close(
            found, sum(alone) / len(alone), rtol=1e-4, atol=1e-6, equal_nan=True
        )


SPEC = RunSpec(model_spec(ShallowAutoencoder, code_size=2), 1, 0, DataSpec(50, 10))


@tries(40, 600)
@given(
    st.dictionaries(
        st.sampled_from(sorted({*SETTINGS, "model", "data"} - {"device"})),
        st.one_of(numbers, *SETTINGS.values()),
        max_size=2,
    )
)
def test_a_spec_is_what_fit_takes(changes):
    found = outcome(lambda: replace(SPEC, **changes))
    if found is not None:
        assert found.seed + 0 == found.seed and found.epochs >= 1
        assert found.optimiser.learning_rate >= 0


@tries(30, 400)
@given(st.sampled_from(["Adam", "SGD", "AdamW", "adam", None]), numbers, numbers, numbers)
def test_an_optimiser_steps_or_is_refused(name, rate, decay, epsilon):
    found = outcome(lambda: Optimiser(name, rate, decay, epsilon))
    if found is not None:
        model = torch.nn.Linear(2, 1)
        model(torch.ones(1, 2)).sum().backward()
        found.build(model).step()


@tries(40, 600)
@given(
    st.sampled_from([GaussianNoise, GaussianNoiseRange, Masking, SaltAndPepper]),
    numbers,
    numbers,
    tensors(None, 1, 4, 4),
)
def test_a_corruption_keeps_shape_and_type(kind, one, other, x):
    arguments = (one, other) if kind is GaussianNoiseRange else (one,)
    corruption = outcome(lambda: kind(*arguments))
    if corruption is None:
        return
    found = outcome(lambda: corruption(x))
    if found is not None:
        assert (found.shape, found.dtype) == (x.shape, x.dtype)
        if kind is Masking:
            assert ((found == x) | (found == 0)).all() or x.isnan().any()
        if kind is SaltAndPepper:
            assert ((found == x) | (found == 0) | (found == 1)).all() or x.isnan().any()
