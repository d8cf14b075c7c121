# %% [markdown]
# # Lab 6: autoencoder and VAE
#
# Most faults of VAEs are sums that became means, and bounds that are none. You write each term and
# hold it against a closed form. The chapter *Autoencoder versus VAE* has the theory. All logarithms
# are natural: results are in nats.

# %% [markdown] task="kl"
# ## 1. The rate
#
# The divergence of $N(m, \operatorname{diag} e^{v})$ from $N(0, I)$: for each image, the *sum* over
# units of $(e^{v} + m^2 - 1 - v) / 2$. In `my_kl` put its mean over the images below.


# %%
def kl(mean, log_variance):
    """Nats, shape (n,), from two arrays of shape (n, k)."""
    # BEGIN SOLUTION
    return 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1)
    # END SOLUTION


rng = generator(STUDENT, "kl")
my_codes, my_log_variances = rng.normal(size=(20, 6)), rng.normal(size=(20, 6))
my_kl = kl(my_codes, my_log_variances).mean()  # SOLUTION

# %% check
print(kl(np.array([[1.0, 1.0]]), np.zeros((1, 2))), "should be [1]")


# %% hidden points=1
def test_kl_of_one_unit(kl):
    import numpy as np
    import torch
    from torch.distributions import Normal, kl_divergence

    rng = torch.Generator().manual_seed(1)
    mean, log_variance = torch.randn(2, 9, 1, generator=rng).double()
    right = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))[:, 0]
    found = kl(mean.numpy().copy(), log_variance.numpy().copy())
    np.testing.assert_allclose(found, right.numpy(), rtol=1e-6, err_msg="of a single unit")


# %% hidden points=2
def test_kl_is_a_sum_over_units(kl):
    import numpy as np

    rng = np.random.default_rng(2)
    mean, log_variance = rng.normal(size=(2, 9, 5))
    each = [kl(mean[:, [i]], log_variance[:, [i]]) for i in range(5)]
    found = kl(mean.copy(), log_variance.copy())
    assert np.shape(found) == (9,), "one number for each image"
    np.testing.assert_allclose(found, np.sum(each, axis=0), rtol=1e-6)


# %% hidden points=1
def test_own_kl(env, my_kl):
    import torch
    from personal import generator, owner
    from torch.distributions import Normal, kl_divergence

    rng = generator(owner(env), "kl")
    mean, log_variance = (
        torch.tensor(rng.normal(size=(20, 6))),
        torch.tensor(rng.normal(size=(20, 6))),
    )
    right = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    assert abs(float(my_kl) - right) < 1e-4 * right, "of your own codes"


# %% [markdown] task="gaussian"
# ## 2. A Gaussian likelihood
#
# $\log p(x \mid \hat x)$ of independent pixels with variance `v`: with its constant, summed over pixels.


# %%
def gaussian_log_likelihood(x, x_hat, v):
    """Nats, shape (n,), from two arrays of shape (n, d)."""
    # BEGIN SOLUTION
    return (-0.5 * np.log(2 * np.pi * v) - (x - x_hat) ** 2 / (2 * v)).sum(axis=1)
    # END SOLUTION


# %% check
print(gaussian_log_likelihood(np.zeros((1, 2)), np.zeros((1, 2)), 1 / (2 * np.pi)), "should be [0]")


# %% hidden points=2
def test_differences_of_gaussian_likelihoods(gaussian_log_likelihood):
    import numpy as np
    from scipy.stats import norm

    rng = np.random.default_rng(1)
    x, one, two = rng.random((3, 6, 9))
    for v in (0.02, 0.5):  # in a difference the constant cancels
        f = gaussian_log_likelihood
        right = (norm.logpdf(x, one, v**0.5) - norm.logpdf(x, two, v**0.5)).sum(axis=1)
        np.testing.assert_allclose(f(x, one, v) - f(x, two, v), right, rtol=1e-6)


# %% hidden points=1
def test_constant_of_the_gaussian_likelihood(gaussian_log_likelihood):
    import numpy as np
    from scipy.stats import norm

    for v in (0.02, 0.5):
        x = np.random.default_rng(2).random((4, 9))
        right = norm.logpdf(x, x, v**0.5).sum(axis=1)
        found = np.broadcast_to(gaussian_log_likelihood(x, x.copy(), v), (4,))
        np.testing.assert_allclose(found, right, rtol=1e-6, err_msg="of a perfect reconstruction")


# %% [markdown] task="bernoulli"
# ## 3. A Bernoulli likelihood
#
# $\sum_i x_i \log p_i + (1 - x_i) \log (1 - p_i)$ with $p = 1 / (1 + e^{-a})$, from the *logits* a. They
# may be 1,000 or -1,000, where p rounds to 1 or 0 and its logarithm is lost: rewrite it first.


# %%
def bernoulli_log_likelihood(x, logits):
    """Nats, shape (n,), from two arrays of shape (n, d); x is from 0 to 1."""
    # BEGIN SOLUTION
    return (x * logits - np.logaddexp(0, logits)).sum(axis=1)
    # END SOLUTION


# %% check
print(bernoulli_log_likelihood(np.ones((1, 2)), np.zeros((1, 2))), "should be [-1.386]")


# %% hidden points=2
def test_bernoulli_likelihood(bernoulli_log_likelihood):
    import numpy as np
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

    torch.manual_seed(1)
    x, logits = torch.rand(5, 8).double(), 3 * torch.randn(5, 8).double()
    right = -cross_entropy(logits, x, reduction="none").sum(1)
    found = bernoulli_log_likelihood(x.numpy().copy(), logits.numpy().copy())
    np.testing.assert_allclose(found, right.numpy(), rtol=1e-6)


# %% hidden points=1
def test_bernoulli_likelihood_of_sure_pixels(bernoulli_log_likelihood):
    import numpy as np

    x, logits = np.array([[1.0], [0.0], [0.0], [1.0]]), np.array([[1e3], [-1e3], [1e3], [-1e3]])
    found = np.asarray(bernoulli_log_likelihood(x, logits)) - bernoulli_log_likelihood(
        np.ones((1, 1)), np.zeros((1, 1))
    )
    assert np.isfinite(found).all(), "not a number: the logarithm of a rounded probability"
    np.testing.assert_allclose(found, np.log(2) + np.array([0, 0, -1e3, -1e3]), atol=1e-3)


# %% [markdown] task="sample"
# ## 4. Sample a code
#
# Draw z from $N(m, \operatorname{diag} e^{v})$ as $m + e^{v/2} \epsilon$, with new noise for each image and
# each unit.


# %%
def sample_codes(mean, log_variance, rng):
    """Codes, same shape (n, k)."""
    # BEGIN SOLUTION
    return mean + np.exp(log_variance / 2) * rng.normal(size=mean.shape)
    # END SOLUTION


# %% check
print(sample_codes(np.ones((1, 3)), np.full((1, 3), -50.0), np.random.default_rng(0)), "about 1")


# %% hidden points=2
def test_law_of_the_codes(sample_codes):
    import numpy as np
    from scipy.stats import kstest

    rng = np.random.default_rng(1)
    for mean, log_variance in ((0.0, 1.5), (-2.0, -3.0)):
        draws = [
            sample_codes(np.full((1, 1), mean), np.full((1, 1), log_variance), rng)
            for _ in range(800)
        ]
        law = "norm", (mean, np.exp(log_variance / 2))
        assert kstest(np.ravel(draws), *law)[1] > 1e-4, "mean or spread of the codes is wrong"


# %% hidden points=2
def test_each_image_has_its_own_draw(sample_codes):
    import numpy as np

    z = np.asarray(sample_codes(np.zeros((5, 3000)), np.zeros((5, 3000)), np.random.default_rng(2)))
    assert abs(np.corrcoef(z) - np.eye(5)).max() < 0.1, "two images have the same noise"


# %% [markdown] task="elbo"
# ## 5. The bound
#
# For s draws $z \sim q(z \mid x)$ of each image you get $\log p(x, z)$ and $\log q(z \mid x)$. Estimate the
# ELBO of each image. In `my_elbo` put the mean over images, from the numbers below.


# %%
def elbo(log_joint, log_q):
    """Nats, shape (n,), from two arrays of shape (s, n)."""
    # BEGIN SOLUTION
    return (log_joint - log_q).mean(axis=0)
    # END SOLUTION


rng = generator(STUDENT, "elbo")
my_log_joint, my_log_q = rng.normal(-90, 3, size=(8, 5)), rng.normal(-12, 3, size=(8, 5))
my_elbo = elbo(my_log_joint, my_log_q).mean()  # SOLUTION

# %% check
print(elbo(np.array([[-5.0], [-7.0]]), np.array([[-1.0], [-2.0]])), "should be [-4.5]")


# %% hidden points=2
def test_bound_of_a_model_with_a_known_likelihood(elbo):
    import numpy as np
    from scipy.stats import norm

    # z ~ N(0, 1), x | z ~ N(z, 1): x ~ N(0, 2), and z | x ~ N(x / 2, 1/2).
    rng = np.random.default_rng(1)
    x = np.array([-1.0, 0.3, 2.5])
    for shift in (0.0, 0.7):  # the guess is off by it, and its KL is shift squared
        z = x / 2 + shift + rng.normal(size=(40_000, 3)) / np.sqrt(2)
        joint = norm.logpdf(z) + norm.logpdf(x, z)
        found = elbo(joint, norm.logpdf(z, x / 2 + shift, np.sqrt(0.5)))
        np.testing.assert_allclose(found, norm.logpdf(x, 0, 2**0.5) - shift**2, atol=0.03)


# %% hidden points=1
def test_own_elbo(env, my_elbo):
    import numpy as np
    from personal import generator, owner

    rng = generator(owner(env), "elbo")
    right = np.average(rng.normal(-90, 3, size=(8, 5))) - np.average(
        rng.normal(-12, 3, size=(8, 5))
    )
    np.testing.assert_allclose(float(my_elbo), right, rtol=1e-5, err_msg="of your own numbers")


# %% [markdown] task="iwae"
# ## 6. A tighter bound
#
# With the same numbers, the importance-weighted bound is the logarithm of the *mean* of the s weights
# $p(x, z) / q(z \mid x)$. The weights underflow; their logarithms do not.


# %%
def iwae(log_joint, log_q):
    """Nats, shape (n,), from two arrays of shape (s, n)."""
    # BEGIN SOLUTION
    logs = log_joint - log_q
    most = logs.max(axis=0)
    return most + np.log(np.exp(logs - most).mean(axis=0))
    # END SOLUTION


# %% check
print(iwae(np.log([[1.0], [3.0]]), np.zeros((2, 1))), "should be [0.693]")


# %% hidden points=1
def test_bound_of_equal_weights(iwae):
    import numpy as np

    for s in (1, 10, 1000):
        found = iwae(np.full((s, 2), -3.0), np.full((s, 2), -1.0))
        np.testing.assert_allclose(found, -2, rtol=1e-6, err_msg="it grows with the draws alone")


# %% hidden points=2
def test_bound_of_unequal_weights(iwae):
    import numpy as np
    from scipy.special import logsumexp

    rng = np.random.default_rng(1)
    logs, q = rng.normal(0, 2, size=(2, 30, 4))
    right = logsumexp(logs - q, axis=0)
    # The number of draws is the other test's: compared is what it adds to one image more than another.
    found = np.asarray(iwae(logs.copy(), q.copy()))
    assert found.shape == (4,), "one number for each image"
    np.testing.assert_allclose(np.diff(found), np.diff(right), rtol=1e-6)


# %% hidden points=1
def test_bound_of_tiny_weights(iwae):
    import numpy as np

    rng = np.random.default_rng(2)
    logs = rng.normal(size=(6, 3))
    near, far = iwae(logs, np.zeros((6, 3))), iwae(logs - 5000, np.zeros((6, 3)))
    assert np.isfinite(far).all(), "not a number: all weights have become zero"
    np.testing.assert_allclose(np.asarray(far) + 5000, near, atol=1e-6)


# %% [markdown] task="noise"
# ## 7. How many units are worth their nats
#
# A linear VAE with k units is probabilistic PCA. Its best variance of the decoder is the *mean* of the
# eigenvalues that are left out; with a fixed variance v it uses the units whose eigenvalue is above v.
# Both from the eigenvalues `l` of the covariance, in any order. In `my_variance` put the first for your
# own images, at k = 6.


# %%
def best_variance(l, k):
    """A number in squared pixel units."""
    # BEGIN SOLUTION
    return np.sort(l)[: len(l) - k].mean()
    # END SOLUTION


def units_in_use(l, k, v):
    """A whole number from 0 to k."""
    # BEGIN SOLUTION
    return min(k, int((l > v).sum()))
    # END SOLUTION


x = digits(generator(STUDENT, "noise"), 300)
my_variance = best_variance(np.linalg.eigvalsh(np.cov(x.T, bias=True)), 6)  # SOLUTION

# %% check
print(best_variance(np.array([4.0, 1.0, 3.0]), 1), "should be 2")


# %% hidden points=2
def test_best_variance(best_variance):
    import numpy as np
    from sklearn.decomposition import PCA

    for k in (1, 3, 5):
        x = np.random.default_rng(k).normal(size=(40, 6)) * np.arange(1, 7)
        right = PCA(k, svd_solver="full").fit(x).noise_variance_
        l = np.linalg.eigvalsh(np.cov(x.T))
        np.testing.assert_allclose(best_variance(l[::-1].copy(), k), right, rtol=1e-6)


# %% hidden points=1
def test_units_in_use(units_in_use):
    import numpy as np

    l = np.array([0.1, 5.0, 0.7, 2.0])
    found = [units_in_use(l.copy(), k, v) for k, v in ((4, 1.0), (1, 1.0), (3, 0.5), (4, 9.0))]
    assert found == [2, 1, 3, 0], "units in use"


# %% hidden points=1
def test_own_variance(env, my_variance):
    import numpy as np
    from personal import digits, generator, owner
    from sklearn.decomposition import PCA

    x = digits(generator(owner(env), "noise"), 300)
    l = PCA(svd_solver="full").fit(x).explained_variance_ * 299 / 300
    np.testing.assert_allclose(
        float(my_variance), l[6:].sum() / 58, rtol=1e-4, err_msg="of your own images"
    )


# %% [markdown] written="reductions" points=6
# ## 8. In words
#
# A repository trains a VAE with `mse_loss(x_hat, x) + 0.5 * (mu**2 + var - 1 - log_var).sum(1).mean()`, and
# its reconstructions are all the same grey blur. In at most 120 words: why, in numbers, for 784 pixels;
# what to change in one line; and what to look at to see that this was the reason.

# %% [markdown] answer
# `mse_loss` averages over 784 pixels and images, the rate is a sum over units: a nat of rate counts as
# much as 784 times the intended squared error per nat, so beta is in effect hundreds. No unit is worth
# that price, and the best code says nothing. Sum the squared error over pixels, over twice a variance:
# `((x_hat - x)**2).sum(1).mean() / (2 * v)`. Look at the rate of each unit: it is near zero before, and
# some units rise above it after the change, with the same network and training.

# %% [markdown] rubric
# | | full | half | none |
# |---|---|---|---|
# | **Why** (2) | Mean against sum, with the factor | "The KL is too strong" | "VAEs blur" |
# | **The change** (2) | Sums over pixels, with a variance or a weight | A smaller beta without a reason | None |
# | **What to look at** (2) | Rate by unit, before and after | The loss | Pictures only |
