# %% [markdown]
# # Lab 3: what a nonlinear autoencoder adds
#
# Is a network better than PCA? The answer turns on what it is compared with, on where it may bend
# and on when its training ended. Here you build what decides it. The chapter *What a nonlinear
# autoencoder adds* has the networks.

# %% [markdown] task="clipped"
# ## 1. A fair opponent
#
# A network that ends in a sigmoid cannot leave the range from 0 to 1. So clip PCA too. Fit the mean
# and k components on `train`, reconstruct `test`, clip, and return the squared error: mean over
# pixels and images. In `my_error` put the error on your own images at k = 5.


# %%
def clipped_error(train, test, k):
    """A number; train and test are arrays of pixels from 0 to 1, shape (n, d)."""
    # BEGIN SOLUTION
    mean = train.mean(axis=0)
    components = np.linalg.svd(train - mean, full_matrices=False)[2][:k]
    rebuilt = mean + (test - mean) @ components.T @ components
    return ((rebuilt.clip(0, 1) - test) ** 2).mean()
    # END SOLUTION


x = digits(generator(STUDENT, "clipped"), 300)
my_error = clipped_error(x[:200], x[200:], 5)  # SOLUTION

# %% check
print(clipped_error(np.eye(2), np.eye(2), 1), "should be 0")


# %% hidden points=2
def test_error_of_clipped_pca(clipped_error):
    import numpy as np
    from sklearn.decomposition import PCA

    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        x = rng.beta(0.3, 0.6, size=(90, 9))  # many pixels near both ends
        train, test = x[:60], x[60:]
        fitted = PCA(4, svd_solver="full").fit(train)
        rebuilt = fitted.inverse_transform(fitted.transform(test)).clip(0, 1)
        found = clipped_error(train.copy(), test.copy(), 4)
        np.testing.assert_allclose(found, ((rebuilt - test) ** 2).mean(), rtol=1e-6)


# %% hidden points=1
def test_no_component_is_the_mean(clipped_error):
    import numpy as np

    rng = np.random.default_rng(4)
    train, test = rng.random((2, 30, 5))
    found = clipped_error(train.copy(), test.copy(), 0)
    np.testing.assert_allclose(found, ((test - train.mean(axis=0)) ** 2).mean(), rtol=1e-6)


# %% hidden points=1
def test_own_clipped_error(env, my_error):
    import numpy as np
    from personal import digits, generator, owner
    from sklearn.decomposition import PCA

    x = digits(generator(owner(env), "clipped"), 300)
    fitted = PCA(5, svd_solver="full").fit(x[:200])
    rebuilt = fitted.inverse_transform(fitted.transform(x[200:])).clip(0, 1)
    right = ((rebuilt - x[200:]) ** 2).mean()
    np.testing.assert_allclose(float(my_error), right, rtol=1e-4, err_msg="of your own images")


# %% [markdown] task="decoder"
# ## 2. The decoder has to bend
#
# Somebody hands you codes, made by any encoder. Return the weights and the bias of the affine
# decoder that rebuilds the images best, in mean squared error. The codes may be of any scale and
# need not have the mean zero.


# %%
def best_decoder(codes, x):
    """Weights, shape (k, d), and bias, shape (d,); codes has the shape (n, k), x (n, d)."""
    # BEGIN SOLUTION
    extended = np.column_stack([codes, np.ones(len(codes))])
    both = np.linalg.lstsq(extended, x, rcond=None)[0]
    return both[:-1], both[-1]
    # END SOLUTION


# %% check
print(best_decoder(np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]])))
print("should be [[2]] and [1]")


# %% hidden points=2
def test_weights_of_the_best_decoder(best_decoder):
    import numpy as np
    from sklearn.linear_model import LinearRegression

    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        codes = np.tanh(rng.normal(size=(50, 3)))
        codes -= codes.mean(axis=0)
        x = rng.normal(size=(50, 6)) + codes @ rng.normal(size=(3, 6))
        right = LinearRegression().fit(codes, x)
        found = best_decoder(codes.copy(), x.copy())[0]
        np.testing.assert_allclose(found, right.coef_.T, rtol=1e-5, atol=1e-8)


# %% hidden points=1
def test_bias_of_the_best_decoder(best_decoder):
    import numpy as np
    from sklearn.linear_model import LinearRegression

    rng = np.random.default_rng(4)
    codes = rng.exponential(size=(40, 2))
    x = 5 + rng.normal(size=(40, 4)) + codes @ rng.normal(size=(2, 4))
    right = LinearRegression().fit(codes, x).intercept_
    np.testing.assert_allclose(best_decoder(codes.copy(), x.copy())[1], right, rtol=1e-5)


# %% [markdown] task="dead"
# ## 3. Numbers that are never used
#
# A code with ReLU is max(0, x w + b). A number of the code is *dead* if it is zero for every image.
# Return how many are dead, and how many are above zero in an image, as a mean over images.


# %%
def use_of_the_code(x, w, b):
    """Two numbers; x has the shape (n, d), w (d, k), b (k,)."""
    # BEGIN SOLUTION
    active = x @ w + b > 0
    return (~active.any(axis=0)).sum(), active.sum(axis=1).mean()
    # END SOLUTION


# %% check
print(use_of_the_code(np.eye(2), np.array([[1.0, -1.0], [2.0, -3.0]]), np.zeros(2)))
print("should be 1 and 1.0")


# %% hidden points=2
def test_number_of_dead(use_of_the_code):
    import numpy as np
    import torch

    for seed in (1, 2, 3):
        torch.manual_seed(seed)
        x, w = torch.rand(6, 5).double(), torch.randn(5, 12).double()
        b = torch.linspace(-4, 1, 12).double()
        right = (torch.relu(x @ w + b).amax(0) == 0).sum()
        assert use_of_the_code(x.numpy(), w.numpy(), b.numpy())[0] == right
    blank = np.zeros((3, 2))
    assert use_of_the_code(blank, np.ones((2, 4)), np.zeros(4))[0] == 4, "zero is not above zero"


# %% hidden points=1
def test_numbers_above_zero_in_an_image(use_of_the_code):
    import numpy as np
    import torch

    torch.manual_seed(4)
    x, w = torch.rand(9, 5).double(), torch.randn(5, 7).double()
    right = (torch.relu(x @ w - 0.1) > 0).double().sum(1).mean()
    found = use_of_the_code(x.numpy(), w.numpy(), np.full(7, -0.1))[1]
    np.testing.assert_allclose(found, float(right), rtol=1e-9)


# %% [markdown] task="curve"
# ## 4. Points near a curve
#
# A decoder of one number draws a curve. Let the curve be given by points in their order, joined by
# straight pieces. Return the mean squared distance of `x` to the *nearest point of the curve*, which
# may lie inside a piece and never beyond its ends.


# %%
def curve_error(x, curve):
    """A number; x has the shape (n, d), curve (m, d) with m of at least 2."""
    # BEGIN SOLUTION
    start, step = curve[:-1], np.diff(curve, axis=0)
    along = ((x[:, None] - start) * step).sum(axis=2) / (step**2).sum(axis=1)
    nearest = start + along.clip(0, 1)[:, :, None] * step
    return ((x[:, None] - nearest) ** 2).sum(axis=2).min(axis=1).mean()
    # END SOLUTION


# %% check
print(curve_error(np.array([[1.0, 2.0]]), np.array([[0.0, 0.0], [4.0, 0.0]])), "should be 4")


# %% hidden points=2
def test_nearest_point_lies_inside_a_piece(curve_error):
    import numpy as np

    rng = np.random.default_rng(1)
    angle = np.linspace(0, np.pi, 7)
    curve = np.column_stack([np.cos(angle), np.sin(angle)])
    x = curve[2:5].repeat(10, axis=0) * rng.uniform(0.7, 1.3, size=(30, 1))
    x += 0.2 * rng.normal(size=x.shape)
    share = np.linspace(0, 1, 4001)[:, None, None]
    many = ((1 - share) * curve[:-1] + share * curve[1:]).reshape(-1, 2)
    right = ((x[:, None] - many) ** 2).sum(2).min(1).mean()
    np.testing.assert_allclose(curve_error(x.copy(), curve.copy()), right, rtol=1e-3)


# %% hidden points=2
def test_the_curve_ends_at_its_ends(curve_error):
    import numpy as np

    curve = np.array([[0.0, 0, 0], [1.0, 0, 0]])
    x = np.array([[3.0, 0, 0], [-2.0, 1, 0]])
    np.testing.assert_allclose(curve_error(x, curve), (4 + 5) / 2, rtol=1e-9)


# %% [markdown] task="local"
# ## 5. Bent without a network
#
# Split the images into groups and give each group a PCA of its own. Return the squared error,
# summed over pixels, as a mean over *images*. In `my_local` put the error of your own images in
# your own groups at k = 3.


# %%
def local_error(x, groups, k):
    """A number; x has the shape (n, d), groups (n,) says to which group each image belongs."""
    # BEGIN SOLUTION
    total = 0.0
    for group in np.unique(groups):
        mine = x[groups == group]
        values = np.linalg.svd(mine - mine.mean(axis=0), compute_uv=False)
        total += (values[k:] ** 2).sum()
    return total / len(x)
    # END SOLUTION


rng = generator(STUDENT, "local")
x = digits(rng, 400)
my_groups = (x[:, rng.integers(26, 30)] > 0.5).astype(int)
my_local = local_error(x, my_groups, 3)  # SOLUTION

# %% check
square = np.array([[0.0, 0.0], [0.0, 1.0], [5.0, 0.0], [6.0, 0.0]])
print(local_error(square, np.array([0, 0, 1, 1]), 1), "should be 0")


# %% hidden points=2
def test_each_group_by_its_own_pca(local_error):
    import numpy as np
    from sklearn.decomposition import PCA

    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        groups = np.repeat([3, 7, 8], 20)
        rng.shuffle(groups)
        x = rng.normal(size=(60, 6)) @ rng.normal(size=(6, 6)) + groups[:, None] * rng.random(6)
        errors = np.zeros(60)
        for group in (3, 7, 8):
            mine = x[groups == group]
            fitted = PCA(2, svd_solver="full").fit(mine)
            rebuilt = fitted.inverse_transform(fitted.transform(mine))
            errors[groups == group] = ((mine - rebuilt) ** 2).sum(1)
        np.testing.assert_allclose(
            local_error(x.copy(), groups.copy(), 2), errors.mean(), rtol=1e-6
        )


# %% hidden points=1
def test_mean_is_over_images(local_error):
    import numpy as np

    rng = np.random.default_rng(4)
    x = rng.normal(size=(50, 3))
    x[:5] *= 100
    groups = np.repeat([0, 1], [5, 45])
    right = sum(x[groups == g].var(0).sum() * (groups == g).sum() for g in (0, 1)) / 50
    np.testing.assert_allclose(local_error(x.copy(), groups, 0), right, rtol=1e-6)


# %% hidden points=1
def test_own_local_error(env, my_local):
    import numpy as np
    from personal import digits, generator, owner
    from sklearn.decomposition import PCA

    rng = generator(owner(env), "local")
    x = digits(rng, 400)
    groups = (x[:, rng.integers(26, 30)] > 0.5).astype(int)
    total = 0.0
    for group in np.unique(groups):
        mine = x[groups == group]
        fitted = PCA(3, svd_solver="full").fit(mine)
        total += ((mine - fitted.inverse_transform(fitted.transform(mine))) ** 2).sum()
    np.testing.assert_allclose(float(my_local), total / 400, rtol=1e-4, err_msg="of your groups")


# %% [markdown] task="side"
# ## 6. Below, above, level or undecided
#
# For each of a few seeds you have log(error of the network / error of PCA). PCA has no seed. Take
# Student's 95% interval of the mean. Return `"level"` if the whole interval lies within
# ±`margin`; else `"below"` or `"above"` if it excludes zero on that side; else `"undecided"`.


# %%
def side(logarithms, margin):
    """A word; logarithms has the shape (seeds,)."""
    # BEGIN SOLUTION
    from scipy.stats import t

    n = len(logarithms)
    centre = np.mean(logarithms)
    half = t.ppf(0.975, n - 1) * np.std(logarithms, ddof=1) / np.sqrt(n)
    if -margin <= centre - half and centre + half <= margin:
        return "level"
    if centre + half < 0:
        return "below"
    return "above" if centre - half > 0 else "undecided"
    # END SOLUTION


# %% check
print(side(np.array([-0.1, -0.11, -0.12]), 0.02), "should be below")


# %% hidden points=2
def test_sides_of_pca(side):
    import numpy as np

    seeds = np.array([-1, -0.5, 0, 0.5, 1])
    assert side(seeds * 0.05 - 0.2, 0.02) == "below"
    assert side(seeds * 0.05 + 0.2, 0.02) == "above"


# %% hidden points=1
def test_few_seeds_have_a_wide_interval(side):
    import numpy as np
    from scipy.stats import ttest_1samp

    few = np.array([-0.05, -0.02, -0.08])
    interval = ttest_1samp(few, 0).confidence_interval(0.95)
    assert interval.low < 0 < interval.high
    assert side(few, 0.01) == "undecided", "three seeds, and an interval that contains zero"


# %% hidden points=2
def test_level_needs_an_interval_inside_the_margin(side):
    import numpy as np

    seeds = np.array([-1, -0.5, 0, 0.5, 1])
    assert side(seeds * 0.2, 0.02) == "undecided", "a mean of zero is not yet level"
    assert side(seeds * 0.002, 0.02) == "level"
    assert side(seeds * 0.002 + 0.01, 0.02) == "level", "a difference that does not matter"


# %% [markdown] task="stop"
# ## 7. When training ends
#
# After each epoch you see a validation error. Training stops when `patience` epochs in a row brought
# nothing *lower* than the best before them. Return the epoch whose weights are kept and the last
# epoch that was trained, both counted from 0.


# %%
def stopped(errors, patience):
    """Two whole numbers; errors has the shape (epochs,), the whole curve if nothing stopped it."""
    # BEGIN SOLUTION
    best = 0
    for epoch, error in enumerate(errors):
        if error < errors[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best, epoch
    # END SOLUTION


# %% check
print(stopped([5, 4, 6, 7, 1], 2), "should be (1, 3)")


# %% hidden points=2
def test_epoch_that_is_kept(stopped):
    for errors, patience, right in (
        ([5, 4, 6, 7, 1], 2, 1),
        ([5, 4, 6, 3, 7, 8, 9], 3, 3),
        ([2, 3, 3, 3], 3, 0),
    ):
        assert stopped(errors, patience)[0] == right


# %% hidden points=1
def test_last_epoch_that_is_trained(stopped):
    for errors, patience, right in (
        ([5, 4, 6, 7, 1], 2, 3),
        ([5, 4, 3, 2], 2, 3),
        ([5, 6, 4, 6, 5, 2], 2, 4),
    ):
        assert stopped(errors, patience)[1] == right


# %% hidden points=1
def test_as_low_is_not_lower(stopped):
    assert tuple(stopped([3, 3, 3, 3, 1], 2)) == (0, 2)


# %% [markdown] written="budget" points=6
# ## 8. In words
#
# A report trains a network of each code size for four epochs, once, and concludes: "a deep
# autoencoder beats PCA up to 32 numbers and loses from 64 on". In at most 120 words: what may this
# crossing be an artefact of? Name what you would train, and what would show that the crossing is
# real.

# %% [markdown] answer
# Large codes need more updates, so the crossing may be where four epochs end, not where the network
# does. Train each size, with a rate tuned for it, until the validation error stops falling; then one
# seed for twice as long. If its error hardly changes, the budget no longer decides. Train five seeds
# a size, and compare each with clipped PCA by an interval on the same test images. The crossing is
# real if neighbouring sizes lie on opposite sides, with intervals that exclude level, at both
# budgets. If it moves with the budget, report that.

# %% [markdown] rubric
# | | full | half | none |
# |---|---|---|---|
# | **The budget** (2) | Says why large codes suffer most from few epochs | "Too short" | Takes it as it stands |
# | **What to train** (2) | Longer, rate tuned a size, several seeds | One of these | Another data set |
# | **What would show it** (2) | Opposite sides by interval, unmoved by doubling | An interval | "A clear crossing" |
