# %% [markdown]
# # Lab 4: dense against convolutional
#
# Two networks differ in many things at once. Here you count what they cost, build the control that
# takes space away, and read a design that takes the differences apart. The chapter *Dense versus
# CNN* has the theory.

# %% [markdown] task="weights"
# ## 1. Count weights
#
# A network is a list of layers: `("dense", inputs, outputs)` or `("conv", channels_in, channels_out,
# side)` with square kernels. Every layer has biases. How many numbers are trained?


# %%
def count_weights(layers):
    """A whole number."""
    # BEGIN SOLUTION
    total = 0
    for kind, inputs, outputs, *side in layers:
        total += outputs * (inputs * (side[0] ** 2 if kind == "conv" else 1) + 1)
    return total
    # END SOLUTION


# %% check
print(count_weights([("dense", 4, 2), ("conv", 1, 3, 3)]), "should be 40")


# %% hidden points=1
def test_weights_of_dense_layers(count_weights):
    from torch import nn

    layers = [("dense", 784, 32), ("dense", 32, 5)]
    network = nn.Sequential(nn.Linear(784, 32), nn.Linear(32, 5))
    assert count_weights(layers) == sum(p.numel() for p in network.parameters())


# %% hidden points=2
def test_weights_of_convolutions(count_weights):
    from torch import nn

    layers = [("conv", 1, 8, 3), ("conv", 8, 5, 5)]
    network = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Conv2d(8, 5, 5))
    assert count_weights(layers) == sum(p.numel() for p in network.parameters())


# %% [markdown] task="work"
# ## 2. Count work
#
# How many multiplications of a weight and a number does a convolution do for one image? The image is
# `height` by `width`; nothing is padded, and the kernel moves by `stride`.


# %%
def multiplications(channels_in, channels_out, side, height, width, stride=1):
    """A whole number; biases are added, not multiplied."""
    # BEGIN SOLUTION
    rows = (height - side) // stride + 1
    columns = (width - side) // stride + 1
    return channels_in * channels_out * side**2 * rows * columns
    # END SOLUTION


# %% check
print(multiplications(1, 1, 2, 3, 3), "should be 16")


# %% hidden points=2
def test_work_at_every_place(multiplications):
    import torch
    from torch.nn.functional import unfold

    for c_in, c_out, side, h, w in ((1, 1, 3, 8, 8), (2, 5, 3, 9, 7), (4, 3, 5, 11, 6)):
        patches = unfold(torch.zeros(1, c_in, h, w), side)
        assert multiplications(c_in, c_out, side, h, w) == patches.numel() * c_out


# %% hidden points=1
def test_work_with_a_stride(multiplications):
    import torch
    from torch.nn.functional import unfold

    for stride in (2, 3):
        patches = unfold(torch.zeros(1, 2, 11, 8), 3, stride=stride)
        # Relative to a stride of one: the rest is the other test's.
        every = unfold(torch.zeros(1, 2, 11, 8), 3)
        ratio = multiplications(2, 4, 3, 11, 8, stride) / multiplications(2, 4, 3, 11, 8, 1)
        assert abs(ratio - patches.numel() / every.numel()) < 1e-12


# %% [markdown] task="convolve"
# ## 3. Convolve
#
# What deep learning calls a convolution does not flip its kernel. Write it for one channel, without
# padding. In `my_response` put the largest response of your own image to your own kernel.


# %%
def convolve(image, kernel, stride=1):
    """Shape ((height - side) // stride + 1, (width - side) // stride + 1)."""
    # BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows[::stride, ::stride] * kernel).sum(axis=(2, 3))
    # END SOLUTION


rng = generator(STUDENT, "convolve")
my_image, my_kernel = digits(rng, 1).reshape(8, 8), rng.normal(size=(3, 3))
my_response = convolve(my_image, my_kernel).max()  # SOLUTION

# %% check
print(convolve(np.eye(3), np.array([[1.0, 0.0], [0.0, 2.0]])), "should be [[3, 0], [0, 3]]")


# %% hidden points=2
def test_convolution(convolve):
    import numpy as np
    from scipy.signal import correlate2d

    rng = np.random.default_rng(1)
    for shape in ((6, 6), (5, 9)):
        image, kernel = rng.normal(size=shape), rng.normal(size=(3, 3))
        right = correlate2d(image, kernel, mode="valid")
        np.testing.assert_allclose(convolve(image.copy(), kernel.copy()), right, atol=1e-9)


# %% hidden points=1
def test_convolution_with_a_stride(convolve):
    import numpy as np

    rng = np.random.default_rng(2)
    image, kernel = rng.normal(size=(9, 8)), rng.normal(size=(3, 3))
    dense = np.asarray(convolve(image.copy(), kernel.copy()))
    strided = convolve(image.copy(), kernel.copy(), stride=2)
    np.testing.assert_allclose(strided, dense[::2, ::2], atol=1e-9)


# %% hidden points=1
def test_own_response(env, my_response):
    import numpy as np
    from personal import digits, generator, owner
    from scipy.signal import correlate2d

    rng = generator(owner(env), "convolve")
    image, kernel = digits(rng, 1).reshape(8, 8), rng.normal(size=(3, 3))
    right = correlate2d(image, kernel, mode="valid").max()
    np.testing.assert_allclose(float(my_response), right, rtol=1e-4, err_msg="of your own image")


# %% [markdown] task="shuffle"
# ## 4. A permutation as control
#
# Shuffle the pixels, so that neighbours mean nothing: one permutation, the *same for all images*.


# %%
def shuffle_pixels(x, rng):
    """A new array of the same shape (n, d)."""
    # BEGIN SOLUTION
    return x[:, rng.permutation(x.shape[1])]
    # END SOLUTION


# %% check
print(shuffle_pixels(np.arange(6.0).reshape(2, 3), np.random.default_rng(0)))


# %% hidden points=2
def test_one_permutation_for_all_images(shuffle_pixels):
    import numpy as np
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    x = np.random.default_rng(1).random((30, 12))
    shuffled = shuffle_pixels(x.copy(), np.random.default_rng(2))
    distance = cdist(x.T, np.asarray(shuffled).T)
    rows, columns = linear_sum_assignment(distance)
    assert distance[rows, columns].max() < 1e-9, "some pixel is not the same pixel in all images"


# %% hidden points=1
def test_pixels_are_shuffled(shuffle_pixels):
    import numpy as np

    x = np.tile(np.arange(200.0), (2, 1))
    one, two = (np.asarray(shuffle_pixels(x.copy(), np.random.default_rng(s))) for s in (1, 2))
    assert one.shape == x.shape
    assert np.mean(one[0] == x[0]) < 0.1, "most pixels stay where they were"
    assert np.mean(one[0] == two[0]) < 0.1, "another generator gives another permutation"
    np.testing.assert_array_equal(np.sort(one[0]), x[0])


# %% [markdown] task="effects"
# ## 5. Main effects and an interaction
#
# `errors[i, j, s]` is the error of seed s with layers i (0 dense, 1 convolutional) and code j
# (0 small, 1 large). The main effect of the layers is the mean change from dense to convolutional
# over both codes, and that of the code likewise. The interaction is *half* the difference of the
# layers' changes: at the large code less at the small one. In `my_effects` put the three of the
# table below.


# %%
def effects(errors):
    """Main effect of the layers, main effect of the code, interaction: three numbers."""
    # BEGIN SOLUTION
    m = errors.mean(axis=2)
    layers = (m[1] - m[0]).mean()
    code = (m[:, 1] - m[:, 0]).mean()
    return layers, code, ((m[1, 1] - m[0, 1]) - (m[1, 0] - m[0, 0])) / 2
    # END SOLUTION


my_errors = generator(STUDENT, "effects").normal(size=(2, 2, 5))
my_effects = effects(my_errors)  # SOLUTION

# %% check
print(effects(np.array([[[4.0], [2.0]], [[3.0], [3.0]]])), "should be 0, -1 and 1")


# %% hidden points=2
def test_main_effects(effects):
    import numpy as np

    for seed in (1, 2):
        errors = np.random.default_rng(seed).gamma(2.0, size=(2, 2, 6))
        a, b, _ = np.indices(errors.shape) - 0.5
        design = np.stack([np.ones(errors.size), a.ravel(), b.ravel(), 2 * (a * b).ravel()], 1)
        right = np.linalg.lstsq(design, errors.ravel(), rcond=None)[0]
        np.testing.assert_allclose(effects(errors.copy())[:2], right[1:3], atol=1e-9)


# %% hidden points=1
def test_interaction(effects):
    import numpy as np

    for seed in (3, 4):
        errors = np.random.default_rng(seed).gamma(2.0, size=(2, 2, 6))
        a, b, _ = np.indices(errors.shape) - 0.5
        design = np.stack([np.ones(errors.size), a.ravel(), b.ravel(), 2 * (a * b).ravel()], 1)
        right = np.linalg.lstsq(design, errors.ravel(), rcond=None)[0]
        np.testing.assert_allclose(effects(errors.copy())[2], right[3], atol=1e-9)


# %% hidden points=1
def test_own_effects(env, my_effects):
    import numpy as np
    from personal import generator, owner

    m = generator(owner(env), "effects").normal(size=(2, 2, 5)).mean(axis=2).ravel()
    right = np.array([[-1, -1, 1, 1], [-1, 1, -1, 1], [1, -1, -1, 1]]) @ m / 2
    np.testing.assert_allclose(my_effects, right, atol=1e-4, err_msg="of your own table")


# %% [markdown] task="accuracy"
# ## 6. An accuracy without a scale
#
# A library calls this the accuracy of an autoencoder: the share of pixels whose value equals the
# *rounded* output. The target is not rounded. Write it, and return with it what an all-black output
# scores on the same images.


# %%
def accuracies(x, x_hat):
    """Two numbers from 0 to 1: of the output x_hat, and of an output of zeros."""
    # BEGIN SOLUTION
    return (x == np.round(x_hat)).mean(), (x == 0).mean()
    # END SOLUTION


# %% check
print(accuracies(np.array([[0.0, 0.6, 1.0]]), np.array([[0.1, 0.6, 0.8]])), "should be 2/3, 1/3")


# %% hidden points=1
def test_accuracy_of_an_output(accuracies):
    import numpy as np
    from sklearn.metrics import accuracy_score

    rng = np.random.default_rng(1)
    x = np.clip(rng.normal(0.5, 0.6, size=(40, 30)), 0, 1)
    x_hat = rng.random(x.shape)
    right = accuracy_score((x * 1e6).astype(int).ravel(), (1e6 * (x_hat > 0.5)).astype(int).ravel())
    np.testing.assert_allclose(accuracies(x, x_hat)[0], right, atol=1e-9)


# %% hidden points=1
def test_accuracy_of_black(accuracies):
    import numpy as np

    x = np.clip(np.random.default_rng(2).normal(0.3, 0.6, size=(40, 30)), 0, 1)
    black = accuracies(x, np.ones_like(x))[1]
    np.testing.assert_allclose(black, 1 - np.count_nonzero(x) / x.size, atol=1e-9)


# %% [markdown] task="match"
# ## 7. Make them equal
#
# A dense autoencoder has d pixels, one hidden layer of h units and a code of k on each side:
# d, h, k, h, d, with biases. Which h makes its number of weights come *nearest* to a target? If two
# are as near, take the smaller one. h is at least 1.


# %%
def matching_width(target, d, k):
    """A whole number, at least 1."""
    # BEGIN SOLUTION
    # Weights: h (d + k) on each side, biases h + k + h + d.
    per_unit, rest = 2 * (d + k) + 2, d + k
    low = max(1, (target - rest) // per_unit)
    return min(low, low + 1, key=lambda h: abs(h * per_unit + rest - target))
    # END SOLUTION


# %% check
print(matching_width(1_000_000, 784, 32), "should be 612")


# %% hidden points=2
def test_width_is_the_nearest(matching_width):
    from torch import nn

    def distance(h, target, d, k):
        sizes = (d, h, k, h, d)
        layers = [nn.Linear(a, b, device="meta") for a, b in zip(sizes, sizes[1:])]
        return abs(sum(p.numel() for layer in layers for p in layer.parameters()) - target)

    for target, d, k in ((1000, 9, 2), (1010, 9, 2), (1018, 9, 2), (5, 9, 2), (12_345, 20, 7)):
        h = matching_width(target, d, k)
        below, here, above = (distance(w, target, d, k) for w in (max(h - 1, 0), h, h + 1))
        assert h >= 1 and here <= above and (h == 1 or here < below), f"for a target of {target}"


# %% [markdown] written="confound" points=6
# ## 8. In words
#
# A report says: "The CNN reaches half the error of the dense network, although it has thirty times
# fewer weights. So convolutions suit images." Its code has 392 numbers, the dense network's 64. In at
# most 120 words: what is confounded, which runs take it apart, and which result would support the
# report after all?

# %% [markdown] answer
# Code size and kind of layers differ together, and depth perhaps too; a larger code lowers even
# PCA's floor. Cross layers with code size, at equal depth, five seeds each, with PCA at both codes
# in the figure. The main effect of the layers, with its interval, answers the question; shuffling the
# pixels tells whether space is the reason. The report is supported if the CNN has the lower error at
# both codes, and loses its lead on shuffled pixels.

# %% [markdown] rubric
# | | full | half | none |
# |---|---|---|---|
# | **The confound** (2) | Code size, and that PCA's floor falls with it | Code size | Another, or none |
# | **The runs** (2) | A crossed design with several seeds and a baseline | More runs of the same two | None |
# | **What would support it** (2) | A result named beforehand that could fail | "If it is still better" | Nothing |
