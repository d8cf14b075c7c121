# %% [markdown]
# # Lab 5: denoising
#
# Noise is easy to get wrong and a good filter is easy to write. You make both, and meet the best
# denoiser there is. The chapter *Denoising* has the theory.

# %% [markdown] task="corrupt"
# ## 1. Noise
#
# Add Gaussian noise of standard deviation `std`: a new draw for each pixel of each image. Clip
# nothing yet.


# %%
def corrupt(x, std, rng):
    """Noisy images, same shape (n, d)."""
    # BEGIN SOLUTION
    return x + std * rng.normal(size=x.shape)
    # END SOLUTION


# %% check
print(corrupt(np.zeros((2, 3)), 0.5, np.random.default_rng(0)).round(2))


# %% hidden points=2
def test_strength_of_the_noise(corrupt):
    import numpy as np
    from scipy.stats import kstest

    for std in (0.1, 0.4, 3.0):
        x = np.random.default_rng(1).random((400, 50))
        noise = np.asarray(corrupt(x.copy(), std, np.random.default_rng(2))) - x
        # One column of one image is one draw in any version; its law is what is tested.
        draws = noise[:, 0] if np.ptp(noise[:, 0]) > 1e-9 else noise[0]
        assert kstest(draws, "norm", (0, std))[1] > 1e-4, f"not a standard deviation of {std}"


# %% hidden points=2
def test_each_image_has_its_own_noise(corrupt):
    import numpy as np
    from scipy.spatial.distance import pdist

    x = np.random.default_rng(3).random((6, 3000))
    noise = np.asarray(corrupt(x.copy(), 0.3, np.random.default_rng(4))) - x
    assert pdist(noise).min() > 1e-3, "two images have the same noise"


# %% hidden points=1
def test_each_pixel_has_its_own_noise(corrupt):
    import numpy as np

    x = np.random.default_rng(5).random((3000, 6))
    noise = np.asarray(corrupt(x.copy(), 0.3, np.random.default_rng(6))) - x
    spread = noise.std(axis=1)
    assert np.mean(spread) > 1e-6, "all pixels of an image have the same noise"


# %% [markdown] task="clip"
# ## 2. What a camera clips
#
# Add the noise, then clip to the range of pixels, 0 to 1. And say how much the clip brightens black:
# return the mean of clipped noise on a *black* pixel, in closed form: $s / \sqrt{2 \pi}$ as long as
# the noise is so weak that no pixel reaches 1. In `my_brightness` put it for your own s.


# %%
def corrupt_and_clip(x, std, rng):
    """Noisy images from 0 to 1, same shape (n, d)."""
    # BEGIN SOLUTION
    return np.clip(x + std * rng.normal(size=x.shape), 0, 1)
    # END SOLUTION


def brightness_of_black(std):
    """A number in pixel units."""
    # BEGIN SOLUTION
    return std / np.sqrt(2 * np.pi)
    # END SOLUTION


my_std = generator(STUDENT, "clip").uniform(0.05, 0.2)
my_brightness = brightness_of_black(my_std)  # SOLUTION

# %% check
print(corrupt_and_clip(np.ones((1, 4)), 0.5, np.random.default_rng(0)), "at most 1")


# %% hidden points=1
def test_pixels_stay_in_their_range(corrupt_and_clip):
    import numpy as np

    x = np.random.default_rng(1).random((50, 20))
    noisy = np.asarray(corrupt_and_clip(x.copy(), 0.5, np.random.default_rng(2)))
    assert noisy.min() >= 0 and noisy.max() <= 1, "a pixel is outside 0 to 1"


# %% hidden points=1
def test_noise_inside_the_range_is_kept(corrupt_and_clip):
    import numpy as np

    x = np.full((200, 50), 0.5)
    noisy = np.asarray(corrupt_and_clip(x.copy(), 0.05, np.random.default_rng(3)))
    assert abs(noisy.std() - 0.05) < 0.003 and abs(noisy.mean() - 0.5) < 0.003


# %% hidden points=1
def test_brightness_of_black(brightness_of_black):
    import numpy as np
    from scipy.integrate import quad
    from scipy.stats import norm

    for std in (0.03, 0.1):
        right = quad(lambda e, s=std: e * norm.pdf(e, 0, s), 0, 12 * std)[0]
        np.testing.assert_allclose(brightness_of_black(std), right, rtol=1e-5)


# %% hidden points=1
def test_own_brightness(env, my_brightness):
    import numpy as np
    from personal import generator, owner
    from scipy.integrate import quad
    from scipy.stats import norm

    std = generator(owner(env), "clip").uniform(0.05, 0.2)
    right = quad(lambda e: e * norm.pdf(e, 0, std), 0, 12 * std)[0]
    np.testing.assert_allclose(float(my_brightness), right, rtol=1e-3, err_msg="for your own s")


# %% [markdown] task="wiener"
# ## 3. The Wiener filter
#
# The best linear denoiser knows the mean $\mu$ and the covariance $S$ of *clean* training images
# (it divides by their number): $\mu + S (S + s^2 I)^{-1} (y - \mu)$. In `my_mse` put the mean squared
# error, over images and pixels, of what it makes of your own noisy images.


# %%
def wiener(noisy, train, std):
    """Restored images, same shape as noisy (m, d); train has the shape (n, d)."""
    # BEGIN SOLUTION
    mean = train.mean(axis=0)
    s = (train - mean).T @ (train - mean) / len(train)
    gain = np.linalg.solve(s + std**2 * np.eye(len(mean)), s)
    return mean + (noisy - mean) @ gain
    # END SOLUTION


rng = generator(STUDENT, "wiener")
x = digits(rng, 400)
noise = 0.4 * rng.normal(size=(100, 64))
my_mse = ((wiener(x[300:] + noise, x[:300], 0.4) - x[300:]) ** 2).mean()  # SOLUTION

# %% check
print(wiener(np.full((1, 1), 3.0), np.array([[0.0], [2.0]]), 1.0), "should be 2")


# %% hidden points=3
def test_wiener_filter(wiener):
    import numpy as np
    from sklearn.decomposition import PCA

    for std in (0.2, 0.5, 2.0):
        rng = np.random.default_rng(1)
        train, noisy = rng.normal(size=(50, 4)) * [1, 2, 3, 0.1] + 5, rng.normal(size=(7, 4)) + 5
        fitted = PCA(svd_solver="full").fit(train)
        l = fitted.explained_variance_ * 49 / 50
        right = fitted.inverse_transform(fitted.transform(noisy) * l / (l + std**2))
        np.testing.assert_allclose(wiener(noisy.copy(), train.copy(), std), right, rtol=1e-6)


# %% hidden points=1
def test_own_mse(env, my_mse):
    import numpy as np
    from personal import digits, generator, owner
    from sklearn.decomposition import PCA

    rng = generator(owner(env), "wiener")
    x = digits(rng, 400)
    noisy = x[300:] + 0.4 * rng.normal(size=(100, 64))
    fitted = PCA(svd_solver="full").fit(x[:300])
    l = fitted.explained_variance_ * 299 / 300
    restored = fitted.inverse_transform(fitted.transform(noisy) * l / (l + 0.16))
    right = np.mean((restored - x[300:]) ** 2)
    np.testing.assert_allclose(float(my_mse), right, rtol=1e-3, err_msg="of your own images")


# %% [markdown] task="error"
# ## 4. Its error, before you run it
#
# With the eigenvalues `l` of $S$, what mean squared error *per pixel* does the filter leave on
# average?


# %%
def wiener_error(l, std):
    """A number in squared pixel units; l has the shape (d,)."""
    # BEGIN SOLUTION
    return (l * std**2 / (l + std**2)).mean()
    # END SOLUTION


# %% check
print(wiener_error(np.array([1.0, 0.0]), 1.0), "should be 0.25")


# %% hidden points=2
def test_error_of_the_wiener_filter(wiener_error):
    import numpy as np

    for std in (0.3, 1.5):
        l = np.random.default_rng(2).gamma(1.0, size=6)
        posterior = np.linalg.inv(np.diag(1 / l) + np.eye(6) / std**2)
        np.testing.assert_allclose(wiener_error(l.copy(), std), np.trace(posterior) / 6, rtol=1e-9)


# %% [markdown] task="posterior"
# ## 5. The best denoiser
#
# If clean images are the rows of `points`, each as likely, the denoiser with the least squared error
# is the mean of the points, weighted by $\exp(-|y - x_i|^2 / 2 s^2)$. Far from all points the weights
# underflow: take care that the answer stays a number.


# %%
def posterior_mean(y, points, std):
    """Shape (m, d), from noisy images y, shape (m, d), and points, shape (n, d)."""
    # BEGIN SOLUTION
    logs = -((y[:, None] - points[None]) ** 2).sum(axis=2) / (2 * std**2)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return weights @ points / weights.sum(axis=1, keepdims=True)
    # END SOLUTION


# %% check
print(posterior_mean(np.array([[1.0]]), np.array([[0.0], [2.0]]), 0.5), "should be 1")


# %% hidden points=2
def test_mean_of_the_points(posterior_mean):
    import numpy as np
    from scipy.stats import norm

    rng = np.random.default_rng(1)
    points, y = rng.random((5, 3)), rng.random((8, 3))
    for std in (0.3, 0.8):
        density = norm.pdf(y[:, None], points[None], std).prod(axis=2)
        right = (density / density.sum(axis=1, keepdims=True)) @ points
        np.testing.assert_allclose(posterior_mean(y.copy(), points.copy(), std), right, rtol=1e-6)


# %% hidden points=1
def test_far_from_all_points(posterior_mean):
    import numpy as np

    points = np.array([[0.0, 0.0], [1.0, 0.0]])
    found = np.asarray(posterior_mean(np.array([[900.0, 0.0]]), points, 0.1))
    assert np.isfinite(found).all(), "not a number: all weights have become zero"
    np.testing.assert_allclose(found, [[1.0, 0.0]], atol=1e-6)


# %% [markdown] task="score"
# ## 6. Tweedie
#
# The same denoiser is $y + s^2 \nabla \log p(y)$, where p is the density of *noisy* images. Return
# this gradient, the score, for the points of the last task.


# %%
def score(y, points, std):
    """Shape (m, d)."""
    # BEGIN SOLUTION
    logs = -((y[:, None] - points[None]) ** 2).sum(axis=2) / (2 * std**2)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    mean = weights @ points / weights.sum(axis=1, keepdims=True)
    return (mean - y) / std**2
    # END SOLUTION


# %% check
print(score(np.array([[3.0]]), np.array([[1.0]]), 2.0), "should be -0.5")


# %% hidden points=3
def test_gradient_of_the_log_density(score):
    import numpy as np
    from scipy.optimize import approx_fprime
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(1)
    points, y = rng.random((4, 3)), rng.random((6, 3))
    for std in (0.4, 1.1):

        def log_density(at, std=std):
            parts = [multivariate_normal.pdf(at, p, std**2 * np.eye(3)) for p in points]
            return np.log(np.mean(parts))

        right = [approx_fprime(at, log_density, 1e-7) for at in y]
        np.testing.assert_allclose(score(y.copy(), points.copy(), std), right, atol=1e-4)


# %% [markdown] task="sure"
# ## 7. An error without clean images
#
# The filter $f(y) = a y$ shrinks all pixels by one factor. Stein's estimate of its mean squared
# error per pixel, $\mathrm{mean}\,(f(y) - y)^2 - s^2 + 2 s^2 a$, needs noisy images only. Write it,
# and a function that finds the best a by it, in closed form.


# %%
def sure(y, a, std):
    """A number in squared pixel units, of noisy images of shape (n, d)."""
    # BEGIN SOLUTION
    return ((a * y - y) ** 2).mean() - std**2 + 2 * std**2 * a
    # END SOLUTION


def best_factor(y, std):
    """The a that makes Stein's estimate smallest."""
    # BEGIN SOLUTION
    return 1 - std**2 / (y**2).mean()
    # END SOLUTION


x = digits(generator(STUDENT, "sure"), 100) + 0.5
my_factor = best_factor(x, 0.3)  # SOLUTION

# %% check
print(sure(np.zeros((1, 1)), 0.5, 1.0), "should be 0")


# %% hidden points=2
def test_stein_estimates_the_error(sure):
    import numpy as np

    rng = np.random.default_rng(1)
    for a, std in ((0.3, 0.5), (0.8, 0.2), (0.6, 1.0)):
        x = rng.gamma(1.0, 0.4, size=(2000, 100))
        y = x + std * rng.normal(size=x.shape)
        error = np.mean((a * y - x) ** 2)
        assert abs(sure(y, a, std) - error) < 0.02 * error, "far from the true error"


# %% hidden points=1
def test_best_factor(best_factor):
    import numpy as np
    from scipy.optimize import minimize_scalar

    y = np.random.default_rng(2).normal(size=(50, 4)) + 1
    for std in (0.2, 0.9):

        def estimate(a, std=std):
            return np.average(np.square(a * y - y)) + std**2 * (2 * a - 1)

        right = minimize_scalar(estimate).x
        np.testing.assert_allclose(best_factor(y.copy(), std), right, rtol=1e-4)


# %% hidden points=1
def test_own_factor(env, my_factor):
    import numpy as np
    from personal import digits, generator, owner

    y = digits(generator(owner(env), "sure"), 100) + 0.5
    right = 1 - 0.09 / np.average(np.square(y))
    np.testing.assert_allclose(float(my_factor), right, rtol=1e-5, err_msg="of your own images")


# %% [markdown] written="gap" points=6
# ## 8. In words
#
# A denoiser's validation loss lies far above its training loss from the first epoch on. Its author
# adds dropout. In at most 120 words: give two explanations, a test that tells them apart without
# training anything, and what each explanation predicts for it.

# %% [markdown] answer
# Either the network overfits, or its validation inputs are made otherwise than its training inputs:
# more noise, a clip, another draw for each epoch. The test: take the trained weights and evaluate them
# on *training* images, corrupted exactly as the validation images are. If the gap stays, it belongs to
# the corruption, since these images were trained on. If it closes, the images make it, and the network
# overfits. A gap from the first epoch on, which does not grow, makes the first more likely.

# %% [markdown] rubric
# | | full | half | none |
# |---|---|---|---|
# | **Two explanations** (2) | Overfitting, and inputs made otherwise | One of them | None |
# | **A test** (2) | The same weights on images that differ in one thing | Trains again | None |
# | **Predictions** (2) | What each explanation predicts for it | Of one | None |
