# %% [markdown]
# # Lab 1: data and scores
#
# Before any network trains, you decide what is trained on, what is measured, and what a number
# must be compared with. The chapter *Data* has the theory.

# %% [markdown] task="split"
# ## 1. Three parts
#
# Divide the numbers 0 to n - 1 at random into training, validation and test: the first gets
# 60 per cent, the others 20 per cent each. Take n divisible by five. No number may be in two parts.


# %%
def split(n, rng):
    """Three arrays of different whole numbers below n, of 3n/5, n/5 and n/5 numbers."""
    # BEGIN SOLUTION
    order = rng.permutation(n)
    return order[: 3 * n // 5], order[3 * n // 5 : 4 * n // 5], order[4 * n // 5 :]
    # END SOLUTION


# %% check
print([len(part) for part in split(20, np.random.default_rng(0))], "should be [12, 4, 4]")


# %% hidden points=2
def test_each_number_is_in_one_part(split):
    import numpy as np

    for n in (10, 45, 1000):
        parts = [np.asarray(part) for part in split(n, np.random.default_rng(n))]
        assert [len(part) for part in parts] == [3 * n // 5, n // 5, n // 5], "sizes of the parts"
        together = np.concatenate(parts)
        assert sorted(together) == list(range(n)), "a number is in two parts, or in none"


# %% hidden points=1
def test_chance_decides_who_is_in_which_part(split):
    import numpy as np

    first, again, other = (split(500, np.random.default_rng(seed))[2] for seed in (1, 1, 2))
    assert np.array_equal(first, again), "the same generator must give the same parts"
    shared = len(set(map(int, first)) & set(map(int, other)))
    assert shared < 50, "two generators give nearly the same test images"


# %% [markdown] task="standardise"
# ## 2. Standardise, without looking
#
# Subtract the mean image and divide by one number, the standard deviation of all centred training
# pixels. Both come from the *training* images, also for the test images. Then `my_test_mean` is the
# mean of all standardised test pixels of your own images, `x[:200]` training and `x[200:]` testing.


# %%
def standardise(train, test):
    """Both standardised, shapes (n, d) and (m, d)."""
    # BEGIN SOLUTION
    mean = train.mean(axis=0)
    scale = (train - mean).std()
    return (train - mean) / scale, (test - mean) / scale
    # END SOLUTION


x = digits(generator(STUDENT, "standardise"), 250)
my_test_mean = standardise(x[:200], x[200:])[1].mean()  # SOLUTION

# %% check
a, b = standardise(np.eye(3), np.ones((2, 3)))
print(a.std().round(6), "should be 1;", b.shape, "should be (2, 3)")


# %% hidden points=1
def test_training_images_are_standardised(standardise):
    import numpy as np
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(5)
    train, test = rng.gamma(2.0, size=(80, 7)), rng.gamma(5.0, size=(30, 7))
    centred = StandardScaler(with_std=False).fit_transform(train)
    ours = standardise(train.copy(), test.copy())[0]
    np.testing.assert_allclose(ours, centred / np.sqrt(np.mean(centred**2)), rtol=1e-6)


# %% hidden points=2
def test_test_images_decide_nothing(standardise):
    import numpy as np
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(6)
    train, test = rng.gamma(2.0, size=(80, 7)), rng.gamma(5.0, size=(30, 7))
    fitted = StandardScaler(with_std=False).fit(train)
    scale = np.sqrt(np.mean(fitted.transform(train) ** 2))
    found = standardise(train.copy(), test.copy())[1]
    np.testing.assert_allclose(found, fitted.transform(test) / scale, rtol=1e-6)


# %% hidden points=1
def test_own_test_mean(env, my_test_mean):
    import numpy as np
    from personal import digits, generator, owner

    x = digits(generator(owner(env), "standardise"), 250)
    centre = np.average(x[:200], axis=0)
    right = np.average(x[200:] - centre) / np.sqrt(np.average((x[:200] - centre) ** 2))
    np.testing.assert_allclose(float(my_test_mean), right, rtol=1e-4, err_msg="of your own images")


# %% [markdown] task="psnr"
# ## 3. Decibels
#
# The peak signal-to-noise ratio of an image is $10 \log_{10}(1 / \mathrm{MSE})$, for pixels from 0
# to 1. Return the *mean of the images' PSNRs*.


# %%
def mean_psnr(x, x_hat):
    """A number in decibels, from two arrays of shape (n, d)."""
    # BEGIN SOLUTION
    mse = ((x - x_hat) ** 2).mean(axis=1)
    return (-10 * np.log10(mse)).mean()
    # END SOLUTION


# %% check
print(mean_psnr(np.zeros((2, 4)), np.full((2, 4), 0.1)), "should be 20")


# %% hidden points=2
def test_psnr_of_one_image(mean_psnr):
    import numpy as np
    from skimage.metrics import peak_signal_noise_ratio

    rng = np.random.default_rng(3)
    for _ in range(5):
        x, x_hat = rng.random((2, 1, 30))
        right = peak_signal_noise_ratio(x, x_hat, data_range=1.0)
        np.testing.assert_allclose(mean_psnr(x, x_hat), right, rtol=1e-9)


# %% hidden points=2
def test_mean_of_the_images_psnrs(mean_psnr):
    import numpy as np
    from skimage.metrics import peak_signal_noise_ratio

    rng = np.random.default_rng(4)
    x = rng.random((6, 30))
    x_hat = x + rng.normal(size=x.shape) * np.array([[0.01, 0.02, 0.1, 0.2, 0.3, 0.5]]).T
    each = [peak_signal_noise_ratio(a, b, data_range=1.0) for a, b in zip(x, x_hat)]
    # One image at a time is the other test's: here only how several are put together.
    alone = [mean_psnr(x[i : i + 1], x_hat[i : i + 1]) for i in range(6)]
    shift = np.mean(alone) - np.mean(each)
    np.testing.assert_allclose(mean_psnr(x, x_hat), np.mean(each) + shift, rtol=1e-9)


# %% [markdown] task="ssim"
# ## 4. Structural similarity
#
# Of two whole images, with means $\mu$, variances $\sigma^2$ and covariance $\sigma_{xy}$ (all of
# them divide by the number of pixels), and $c_1 = 0.01^2$, $c_2 = 0.03^2$:
#
# $$\frac{(2 \mu_x \mu_y + c_1)(2 \sigma_{xy} + c_2)}
# {(\mu_x^2 + \mu_y^2 + c_1)(\sigma_x^2 + \sigma_y^2 + c_2)}$$


# %%
def ssim(x, y):
    """A number from -1 to 1, from two arrays of shape (height, width)."""
    # BEGIN SOLUTION
    c1, c2 = 0.01**2, 0.03**2
    covariance = ((x - x.mean()) * (y - y.mean())).mean()
    means = (2 * x.mean() * y.mean() + c1) / (x.mean() ** 2 + y.mean() ** 2 + c1)
    return means * (2 * covariance + c2) / (x.var() + y.var() + c2)
    # END SOLUTION


# %% check
print(ssim(np.eye(4), np.eye(4)), "should be 1")


# %% hidden points=2
def test_ssim_of_one_window(ssim):
    import numpy as np
    from skimage.metrics import structural_similarity

    rng = np.random.default_rng(8)
    for size in (3, 7):
        x, y = rng.random((2, size, size))
        right = structural_similarity(
            x, y, win_size=size, data_range=1.0, use_sample_covariance=False
        )
        np.testing.assert_allclose(ssim(x, y), right, rtol=1e-9)


# %% hidden points=1
def test_ssim_of_blank_images(ssim):
    import numpy as np

    blank, grey = np.zeros((5, 5)), np.full((5, 5), 0.5)
    assert np.isfinite(ssim(blank, blank)), "two black images: the constants are there for them"
    np.testing.assert_allclose([ssim(blank, blank), ssim(blank, grey)], [1, 1e-4 / 0.2501])


# %% [markdown] task="copies"
# ## 5. Copies
#
# For each test image, find the training image that is nearest: its row, and its Euclidean distance.
# In `my_nearest` put the smallest such distance of your own images, `x[:300]` training and
# `x[300:]` testing.


# %%
def nearest(train, test):
    """Rows, shape (m,), and distances, shape (m,)."""
    # BEGIN SOLUTION
    squares = ((test[:, None] - train[None]) ** 2).sum(axis=2)
    return squares.argmin(axis=1), np.sqrt(squares.min(axis=1))
    # END SOLUTION


x = digits(generator(STUDENT, "copies"), 340)
my_nearest = nearest(x[:300], x[300:])[1].min()  # SOLUTION

# %% check
print(nearest(np.eye(3), np.array([[0.0, 2.0, 0.0]])), "should be row 1, at a distance of 1")


# %% hidden points=1
def test_rows_of_the_nearest(nearest):
    import numpy as np
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(9)
    train, test = rng.random((40, 6)), rng.random((15, 6))
    rows, _ = nearest(train.copy(), test.copy())
    np.testing.assert_array_equal(rows, cdist(test, train).argmin(axis=1))


# %% hidden points=1
def test_distances_of_the_nearest(nearest):
    import numpy as np
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(10)
    train, test = rng.random((40, 6)), rng.random((15, 6))
    _, distances = nearest(train.copy(), test.copy())
    np.testing.assert_allclose(distances, cdist(test, train).min(axis=1), rtol=1e-6)


# %% hidden points=1
def test_own_nearest(env, my_nearest):
    import numpy as np
    from personal import digits, generator, owner
    from scipy.spatial.distance import cdist

    x = digits(generator(owner(env), "copies"), 340)
    right = cdist(x[300:], x[:300]).min()
    np.testing.assert_allclose(float(my_nearest), right, rtol=1e-4, err_msg="of your own images")


# %% [markdown] task="constants"
# ## 6. The best constant
#
# Which one number, the same for all pixels of all images, has the least mean *squared* error, and
# which the least mean *absolute* error?


# %%
def best_constants(x):
    """Two numbers: for the squared error, and for the absolute error."""
    # BEGIN SOLUTION
    return x.mean(), np.median(x)
    # END SOLUTION


# %% check
print(best_constants(np.array([[0.0, 0.0, 0.9]])), "should be 0.3 and 0")


# %% hidden points=1
def test_constant_of_the_squared_error(best_constants):
    import numpy as np
    from scipy.optimize import minimize_scalar

    x = np.random.default_rng(11).beta(0.5, 2.0, size=(31, 5))
    least = minimize_scalar(lambda c: np.mean((x - c) ** 2), bounds=(0, 1), method="bounded")
    np.testing.assert_allclose(best_constants(x)[0], least.x, atol=1e-4)


# %% hidden points=1
def test_constant_of_the_absolute_error(best_constants):
    import numpy as np
    from scipy.optimize import minimize_scalar

    x = np.random.default_rng(12).beta(0.5, 2.0, size=(31, 5))
    least = minimize_scalar(lambda c: np.mean(abs(x - c)), bounds=(0, 1), method="bounded")
    found = np.mean(abs(x - best_constants(x)[1]))
    assert found <= least.fun + 1e-9, "another constant has a smaller absolute error"


# %% [markdown] task="choose"
# ## 7. Choose, then report
#
# You trained several networks. Return the row of the one that you choose, and the error that you
# may report for it.


# %%
def choose(validation_errors, test_errors):
    """A row and a number, from two arrays of shape (networks,)."""
    # BEGIN SOLUTION
    chosen = int(np.argmin(validation_errors))
    return chosen, test_errors[chosen]
    # END SOLUTION


# %% check
print(choose(np.array([0.2, 0.1]), np.array([0.15, 0.12])), "should be row 1, and 0.12")


# %% hidden points=2
def test_validation_images_choose(choose):
    import numpy as np

    rng = np.random.default_rng(13)
    for _ in range(20):
        validation, test = rng.random((2, 6))
        assert choose(validation.copy(), test.copy())[0] == sorted(zip(validation, range(6)))[0][1]


# %% hidden points=1
def test_the_reported_error_is_of_unseen_images(choose):
    import numpy as np

    rng = np.random.default_rng(14)
    for _ in range(20):
        validation, test = rng.random((2, 6))
        row, error = choose(validation.copy(), test.copy())
        assert error == test[row], "not the chosen network's error on test images"


# %% [markdown] written="shift" points=6
# ## 8. In words
#
# Two reconstructions of a shirt have the same MSE. One is the shirt, moved by a pixel; the other is
# a blur. In at most 120 words: which would you rather hand to a customer, which to a classifier,
# and which number would you report beside the MSE to tell them apart? Say what result would change
# your mind.

# %% [markdown] answer
# The MSE measures how far, not in which direction. A moved shirt keeps its edges, so a customer
# prefers it; a classifier that was trained on images in one place may prefer the blur. SSIM, or
# the accuracy of a fixed classifier, tells them apart. I would change my mind if viewers who do not
# know which is which preferred the blur, or if the classifier's accuracy were the same on both.

# %% [markdown] rubric
# | | full | half | none |
# |---|---|---|---|
# | **What an MSE says** (2) | A distance without a direction, said of these two | Said in general | Calls them equally good |
# | **Another number** (2) | Names one, and what it sees that the MSE does not | Names one | None |
# | **What would refute it** (2) | A result that could come out otherwise | A wish to measure more | Nothing |
