"""Parameter counts, shapes, and what shifts and permutations do to the convolutional models."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from labcode.models import ShallowAutoencoder
from labcode.models.conv import ConvAutoencoder, DeepConvAutoencoder, LabCNN
from labcode.models.counting import layers, multiply_adds, parameters


def test_the_labs_cnn_has_3217_parameters_and_a_code_of_392():
    model = LabCNN()
    assert sum(weight.numel() for weight in model.parameters()) == 3_217
    assert parameters(model.encoder) == 1_320
    assert parameters(model.decoder) == 1_897
    assert model.encode(torch.rand(2, 1, 28, 28)).shape == (2, 392)


@pytest.mark.parametrize("down", ["stride", "max pooling", "average pooling"])
@pytest.mark.parametrize("up", ["transposed 3x3", "transposed 4x4", "nearest, then 3x3"])
def test_the_family_gives_codes_and_images_their_shapes(down, up):
    model = ConvAutoencoder(5, channels=(6, 3), down=down, up=up)
    x = torch.rand(2, 1, 28, 28)
    assert model.encode(x).shape == (2, 5)
    assert model(x).shape == x.shape


@pytest.mark.parametrize("model", [LabCNN, lambda shape: ConvAutoencoder(4, shape=shape)])
def test_other_sizes_work_and_odd_ones_are_refused_by_name(model):
    x = torch.rand(2, 3, 12, 20)
    assert model(shape=(3, 12, 20))(x).shape == x.shape
    for height in (26, 27):
        with pytest.raises(ValueError, match=f"{height}, 28.* cannot be halved .* multiples of 4"):
            model(shape=(1, height, 28))
    with pytest.raises(ValueError, match=r"\(n, 1, 28, 28\) and got \(2, 3, 12, 20\)"):
        model(shape=(1, 28, 28))(x)


def test_kerass_same_padding_is_pytorchs_mirrored():
    """TensorFlow pads an even side on the right and below; see its notes on "SAME" padding."""
    torch.manual_seed(0)
    convolution = LabCNN().encoder[0]
    x = torch.rand(2, 1, 28, 28)
    keras = functional.conv2d(
        functional.pad(x, (0, 1, 0, 1)), convolution.weight, convolution.bias, stride=2
    )
    mirrored = nn.Conv2d(1, 16, 3, stride=2, padding=1)
    mirrored.weight.data = convolution.weight.flip(2, 3)
    mirrored.bias.data = convolution.bias
    assert torch.allclose(mirrored(x.flip(2, 3)).flip(2, 3), keras, atol=1e-6)


def test_shifting_by_the_stride_shifts_the_code():
    """With circular padding, 4 pixels in the image are exactly one step in the 7 x 7 code."""
    torch.manual_seed(0)
    model = LabCNN().double()
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.padding_mode = "circular"
    x = torch.rand(3, 1, 28, 28, dtype=torch.float64)

    def code(images):
        return model.encode(images).unflatten(1, (8, 7, 7))

    assert torch.allclose(code(x.roll((4, -8), (2, 3))), code(x).roll((1, -2), (2, 3)))
    assert not torch.allclose(code(x.roll(1, 3)), code(x))


def test_a_dense_autoencoder_cannot_tell_permuted_pixels():
    """Permute its weights with the pixels, and it computes the same reconstruction, permuted."""
    torch.manual_seed(0)
    model, other = ShallowAutoencoder(16), ShallowAutoencoder(16)
    order = torch.randperm(784)
    x = torch.rand(5, 1, 28, 28)
    weights = model.state_dict()
    weights["encoder.1.weight"] = weights["encoder.1.weight"][:, order]
    weights["decoder.0.weight"] = weights["decoder.0.weight"][order]
    weights["decoder.0.bias"] = weights["decoder.0.bias"][order]
    other.load_state_dict(weights)
    shuffled = x.flatten(1)[:, order].view_as(x)
    assert torch.allclose(other(shuffled).flatten(1), model(x).flatten(1)[:, order], atol=1e-6)


def _by_hand(model, x):
    """Independent count: one multiply-add for each weight and each place where it is used."""
    total = []

    def count(module, inputs, output):
        kernel = module.weight.numel()
        if isinstance(module, nn.Conv2d):
            total.append(kernel * output.shape[2] * output.shape[3])
        elif isinstance(module, nn.ConvTranspose2d):
            total.append(kernel * inputs[0].shape[2] * inputs[0].shape[3])
        else:
            total.append(kernel)

    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            module.register_forward_hook(count)
    model(x)
    return sum(total)


@pytest.mark.parametrize(
    "build",
    [
        lambda: ShallowAutoencoder(64),
        LabCNN,
        lambda: ConvAutoencoder(64),
        lambda: ConvAutoencoder(9, down="max pooling", up="nearest, then 3x3"),
    ],
)
def test_multiply_adds_agree_with_a_count_by_hand(build):
    assert multiply_adds(build()) == _by_hand(build(), torch.rand(1, 1, 28, 28))


def test_known_counts():
    """28 x 28 pixels: 784 x 64 twice; and each of the lab's convolutions on paper."""
    assert multiply_adds(ShallowAutoencoder(64)) == 2 * 784 * 64
    paper = 196 * 16 * 9 + 49 * 8 * 16 * 9 + 49 * 8 * 8 * 9 + 196 * 8 * 16 * 9 + 784 * 16 * 9
    assert multiply_adds(LabCNN()) == paper == 2 * 784 * 288


def test_layers_are_read_from_the_model():
    found = layers(LabCNN())
    assert [layer.shape for layer in found] == [
        (1, 28, 28),
        (16, 14, 14),
        (8, 7, 7),
        (392,),
        (8, 14, 14),
        (16, 28, 28),
        (1, 28, 28),
    ]
    assert sum(layer.parameters for layer in found) == 3_217
    assert [layer.shape for layer in layers(ShallowAutoencoder(64))] == [
        (1, 28, 28),
        (64,),
        (1, 28, 28),
    ]


@pytest.mark.parametrize(
    ("channels", "code_size"), [((8,), 64), ((16, 16, 16), 392), ((4, 6, 5, 7), 3)]
)
def test_the_deep_cnn_mirrors_each_layer(channels, code_size):
    model = DeepConvAutoencoder(code_size, channels).eval()
    x = torch.rand(2, 1, 28, 28)
    assert model.encode(x).shape == (2, code_size) and model(x).shape == x.shape

    def widths(part):
        return [
            (layer.weight.numel(), getattr(layer, "stride", (1, 1))[0])
            for layer in part.modules()
            if hasattr(layer, "weight")
        ]

    encoder, decoder = widths(model.encoder), widths(model.decoder)
    assert encoder == decoder[::-1] and len(encoder) == len(channels) + 1
    assert [stride for _, stride in encoder[:2]] == [2, 2 if len(channels) > 1 else 1]
    assert (model.encode(x) < 0).any(), "the code has no ReLU"


def test_deep_convolution_takes_at_most_three_times_the_labs_multiply_adds():
    lab = multiply_adds(LabCNN())
    for code_size in (64, 392):
        assert multiply_adds(DeepConvAutoencoder(code_size, (16, 16, 16))) <= 3 * lab


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"channels": ()}, "at least one hidden layer"),
        ({"shape": (1, 27, 28)}, "halved 2 times"),
        ({"channels": (3,), "shape": (1, 28, 29)}, "halved 1 times"),
        ({"channels": (3, 0)}, "channels"),
    ],
)
def test_a_deep_cnn_that_cannot_be_built_says_why(arguments, message):
    with pytest.raises(ValueError, match=message):
        DeepConvAutoencoder(4, **arguments)
