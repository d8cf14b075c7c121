# %% [markdown]
# # Lab 2: autoencoder and PCA
#
# A linear autoencoder cannot do better than PCA, and can do as well with other weights. Here you
# build what proves both. The chapter *Autoencoder versus PCA* has the theory.

# %% [markdown] task="pca"
# ## 1. Principal components
#
# Return the mean, the first k principal components as columns of length one, and *all* eigenvalues
# of the covariance, largest first. The covariance divides by the number of images.


# %%
def pca(x, k):
    """Mean, shape (d,); components, shape (d, k); eigenvalues, shape (d,)."""
    # BEGIN SOLUTION
    mean = x.mean(axis=0)
    centred = x - mean
    eigenvalues, vectors = np.linalg.eigh(centred.T @ centred / len(x))
    return mean, vectors[:, ::-1][:, :k], eigenvalues[::-1]
    # END SOLUTION


# %% check
_, u, l = pca(np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [2.0, 1.0]]), 1)
print(abs(u.T), "should be [[1, 0]];", l, "should be [1, 0.25]")


# %% hidden points=2
def test_span_of_the_components(pca):
    import numpy as np
    from sklearn.decomposition import PCA

    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(60, 8)) * np.arange(1, 9) + 20 * rng.random(8)
        right = PCA(3, svd_solver="full").fit(x)
        _, u, _ = pca(x.copy(), 3)
        np.testing.assert_allclose(u @ u.T, right.components_.T @ right.components_, atol=1e-6)


# %% hidden points=1
def test_order_of_the_components(pca):
    import numpy as np

    rng = np.random.default_rng(4)
    x = rng.normal(size=(500, 4)) * [1, 9, 3, 27] + 0.1
    _, u, l = pca(x.copy(), 4)
    spread = (x - x.mean(axis=0)) @ u
    assert np.all(np.diff(spread.std(axis=0)) < 0), "components: largest variance first"
    assert np.all(np.diff(l) < 0), "eigenvalues: largest first"


# %% hidden points=1
def test_eigenvalues_divide_by_the_number_of_images(pca):
    import numpy as np
    from sklearn.decomposition import PCA

    x = np.random.default_rng(5).normal(size=(12, 4))  # so few that n - 1 shows
    x -= x.mean(axis=0)
    right = PCA(svd_solver="full").fit(x).explained_variance_ * 11 / 12
    np.testing.assert_allclose(np.sort(pca(x.copy(), 2)[2])[::-1], right, rtol=1e-6)


# %% [markdown] task="floor"
# ## 2. The floor
#
# How large is the squared error of the best reconstruction from k numbers, by any affine map?
# Sum over pixels, take the mean over images. Compute it from eigenvalues alone. In `my_floor` put
# the floor of your own images at k = 5.


# %%
def floor(x, k):
    """A number in squared pixel units, per image."""
    # BEGIN SOLUTION
    centred = x - x.mean(axis=0)
    eigenvalues = np.linalg.eigvalsh(centred.T @ centred / len(x))[::-1]
    return eigenvalues[k:].sum()
    # END SOLUTION


x = digits(generator(STUDENT, "floor"), 300)
my_floor = floor(x, 5)  # SOLUTION

# %% check
print(floor(np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [2.0, 1.0]]), 1), "should be 0.25")


# %% hidden points=3
def test_floor_is_the_error_of_pca(floor):
    import numpy as np
    from sklearn.decomposition import PCA

    for seed, k in ((1, 0), (2, 2), (3, 5), (4, 7)):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(15, 7)) * np.arange(1, 8) + 3
        if k:
            fitted = PCA(k, svd_solver="full").fit(x)
            error = ((x - fitted.inverse_transform(fitted.transform(x))) ** 2).sum() / 15
        else:
            error = ((x - x.mean(axis=0)) ** 2).sum() / 15
        np.testing.assert_allclose(floor(x.copy(), k), error, rtol=1e-6, atol=1e-9)


# %% hidden points=1
def test_own_floor(env, my_floor):
    import numpy as np
    from personal import digits, generator, owner
    from sklearn.decomposition import PCA

    x = digits(generator(owner(env), "floor"), 300)
    fitted = PCA(5, svd_solver="full").fit(x)
    error = ((x - fitted.inverse_transform(fitted.transform(x))) ** 2).sum() / 300
    np.testing.assert_allclose(float(my_floor), error, rtol=1e-4, err_msg="of your own images")


# %% [markdown] task="angles"
# ## 3. Principal angles
#
# Two matrices of full rank span two subspaces by their columns, which need not be orthonormal.
# Return the angles between the subspaces in degrees, largest first. Think of rounding: a cosine
# may come out as 1.0000000002.


# %%
def angles(a, b):
    """Degrees, shape (k,), each from 0 to 90, of two arrays of shape (d, k)."""
    # BEGIN SOLUTION
    cosines = np.linalg.svd(np.linalg.qr(a)[0].T @ np.linalg.qr(b)[0], compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines, 0, 1)))[::-1]
    # END SOLUTION


# %% check
print(angles(np.eye(3)[:, :1], np.array([[5.0], [5.0], [0.0]])), "should be [45]")


# %% hidden points=1
def test_angles_of_orthonormal_columns(angles):
    import numpy as np
    from scipy.linalg import subspace_angles

    rng = np.random.default_rng(1)
    a, b = (np.linalg.qr(rng.normal(size=(9, 3)))[0] for _ in range(2))
    np.testing.assert_allclose(angles(a, b), np.degrees(subspace_angles(a, b)), atol=1e-5)


# %% hidden points=1
def test_angles_of_any_columns(angles):
    import numpy as np
    from scipy.linalg import subspace_angles

    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 9, 3)) * [1, 10, 100]
    # Degrees or not is the other test's.
    q = np.linalg.qr(a)[0], np.linalg.qr(b)[0]
    unit = np.max(angles(*q)) / np.max(subspace_angles(*q))
    np.testing.assert_allclose(angles(a, b), unit * subspace_angles(a, b), rtol=1e-5)


# %% hidden points=1
def test_angles_of_a_subspace_with_itself(angles):
    import numpy as np

    rng = np.random.default_rng(3)
    for _ in range(40):
        a = np.linalg.qr(rng.normal(size=(20, 6)))[0]
        found = np.asarray(angles(a, a.copy()), dtype=float)
        assert np.isfinite(found).all(), "not a number: a cosine was above one"
        np.testing.assert_allclose(found, 0, atol=1e-3)


# %% [markdown] task="gauge"
# ## 4. The same loss, other weights
#
# An encoder `w1`, shape (k, d), and a decoder `w2`, shape (d, k), are given. Multiply all codes by an
# invertible matrix `g`, shape (k, k), and return the encoder and the decoder that make the same
# reconstructions.


# %%
def change_gauge(w1, w2, g):
    """The encoder of codes g z, and the decoder that undoes it."""
    # BEGIN SOLUTION
    return g @ w1, w2 @ np.linalg.inv(g)
    # END SOLUTION


# %% check
print(change_gauge(np.eye(1, 2), np.eye(2, 1), np.array([[4.0]]))[1].T, "should be [[0.25, 0]]")


# %% hidden points=1
def test_codes_are_multiplied(change_gauge):
    import numpy as np

    rng = np.random.default_rng(1)
    w1, w2, g, x = (rng.normal(size=s) for s in ((3, 6), (6, 3), (3, 3), (6, 10)))
    encoder, _ = change_gauge(w1.copy(), w2.copy(), g.copy())
    np.testing.assert_allclose(encoder @ x, g @ (w1 @ x), atol=1e-8)


# %% hidden points=2
def test_reconstructions_stay(change_gauge):
    import numpy as np

    rng = np.random.default_rng(2)
    for _ in range(5):
        w1, w2, g, x = (rng.normal(size=s) for s in ((3, 6), (6, 3), (3, 3), (6, 10)))
        # Whatever became of the codes, here they are multiplied by g.
        _, decoder = change_gauge(w1.copy(), w2.copy(), g.copy())
        np.testing.assert_allclose(decoder @ (g @ (w1 @ x)), w2 @ (w1 @ x), atol=1e-6)


# %% [markdown] task="decay"
# ## 5. What weight decay leaves
#
# With the loss $|x - w_2 w_1 x|^2$ on average, and a penalty $r (|w_1|^2 + |w_2|^2)$, the minimum
# passes on a share of each component. Return the shares for eigenvalues `l`.


# %%
def shares(l, r):
    """Numbers from 0 to 1, same shape as l; l is positive and r is not negative."""
    # BEGIN SOLUTION
    return np.maximum(0, 1 - r / l)
    # END SOLUTION


# %% check
print(shares(np.array([4.0, 1.0]), 1.0), "should be [0.75, 0]")


# %% hidden points=2
def test_shares_minimise_the_loss(shares):
    import numpy as np
    from scipy.optimize import minimize

    l = np.array([5.0, 2.0, 1.1])
    for r in (0.1, 0.7):
        for eigenvalue, share in zip(l, shares(l.copy(), r), strict=True):

            def loss(w, l=eigenvalue, r=r):
                return l * (1 - w[0] * w[1]) ** 2 + r * (w[0] ** 2 + w[1] ** 2)

            best = min((minimize(loss, [s, s]) for s in (0.1, 0.9)), key=lambda m: m.fun)
            np.testing.assert_allclose(share, best.x.prod(), atol=1e-4)


# %% hidden points=1
def test_weak_components_are_switched_off(shares):
    import numpy as np

    found = shares(np.array([0.5, 0.1, 1e-6]), 0.6)
    np.testing.assert_allclose(found, 0, atol=1e-12, err_msg="a share is never negative")


# %% [markdown] task="gradient"
# ## 6. The gradient
#
# The loss is the mean over images of $|x - w_2 w_1 x|^2$, summed over pixels. Return its gradients.


# %%
def gradients(w1, w2, x):
    """With respect to w1, shape (k, d), and to w2, shape (d, k); x has the shape (n, d)."""
    # BEGIN SOLUTION
    z = x @ w1.T
    rest = x - z @ w2.T
    return -2 * w2.T @ rest.T @ x / len(x), -2 * rest.T @ z / len(x)
    # END SOLUTION


# %% check
print(gradients(np.zeros((1, 2)), np.ones((2, 1)), np.ones((3, 2)))[0], "should be [[-4, -4]]")


# %% hidden points=2
def test_gradient_of_the_encoder(gradients):
    import numpy as np
    import torch

    torch.manual_seed(1)
    for _ in range(3):
        w1, w2 = torch.randn(2, 5).double(), torch.randn(5, 2).double()
        x = torch.randn(7, 5).double()
        leaf = w1.clone().requires_grad_()
        ((x - x @ leaf.T @ w2.T) ** 2).sum(1).mean().backward()
        found = gradients(w1.numpy().copy(), w2.numpy().copy(), x.numpy().copy())[0]
        np.testing.assert_allclose(found, leaf.grad.numpy(), rtol=1e-6, atol=1e-9)


# %% hidden points=2
def test_gradient_of_the_decoder(gradients):
    import numpy as np
    import torch

    torch.manual_seed(2)
    for _ in range(3):
        w1, w2 = torch.randn(2, 5).double(), torch.randn(5, 2).double()
        x = torch.randn(7, 5).double()
        leaf = w2.clone().requires_grad_()
        ((x - x @ w1.T @ leaf.T) ** 2).sum(1).mean().backward()
        found = gradients(w1.numpy().copy(), w2.numpy().copy(), x.numpy().copy())[1]
        np.testing.assert_allclose(found, leaf.grad.numpy(), rtol=1e-6, atol=1e-9)


# %% [markdown] task="control"
# ## 7. A control for an angle
#
# Is a largest angle of 80 degrees much? Draw `draws` pairs of random subspaces of k dimensions in d,
# and return the share of pairs whose *largest* angle is at most `degrees`. A subspace is random if
# it is spanned by k columns of independent $N(0, 1)$. In `my_share` put the share for lines (k = 1),
# in your own d and at your own angle, from 10,000 draws.


# %%
def share_of_random(degrees, d, k, rng, draws):
    """A number from 0 to 1."""
    # BEGIN SOLUTION
    a, b = np.linalg.qr(rng.normal(size=(2, draws, d, k)))[0]
    smallest = np.linalg.svd(a.swapaxes(1, 2) @ b, compute_uv=False)[:, -1]
    return (np.degrees(np.arccos(np.clip(smallest, 0, 1))) <= degrees).mean()
    # END SOLUTION


rng = generator(STUDENT, "control")
my_d, my_degrees = int(rng.integers(3, 9)), rng.uniform(40, 80)
my_share = share_of_random(my_degrees, my_d, 1, rng, 10_000)  # SOLUTION

# %% check
print(share_of_random(90, 4, 2, np.random.default_rng(0), 50), "should be 1")


# %% hidden points=2
def test_share_of_random_lines(share_of_random):
    import numpy as np
    from scipy.stats import beta

    for d, degrees in ((2, 30), (3, 60), (10, 75)):
        right = beta.sf(np.cos(np.radians(degrees)) ** 2, 0.5, (d - 1) / 2)
        found = share_of_random(degrees, d, 1, np.random.default_rng(d), 3000)
        assert abs(found - right) < 4 * np.sqrt(right * (1 - right) / 3000), "of random lines"


# %% hidden points=1
def test_share_takes_the_largest_angle(share_of_random):
    import numpy as np

    # Two planes in three dimensions share a line: their smallest angle is zero, their largest is
    # that of their normals.
    found = share_of_random(60, 3, 2, np.random.default_rng(7), 3000)
    assert abs(found - 0.5) < 0.04, "which of the angles is compared?"


# %% hidden points=1
def test_own_share(env, my_share):
    import numpy as np
    from personal import generator, owner
    from scipy.stats import beta

    rng = generator(owner(env), "control")
    d, degrees = int(rng.integers(3, 9)), rng.uniform(40, 80)
    right = beta.sf(np.cos(np.radians(degrees)) ** 2, 0.5, (d - 1) / 2)
    assert abs(float(my_share) - right) < 0.02, "for your own d and angle"


# %% [markdown] written="equal" points=6
# ## 8. In words
#
# A linear autoencoder ends one per cent above the floor, and its subspace is at 88 degrees to PCA's.
# A friend concludes that training failed; another, that the angle must be wrong. In at most 120
# words: who is right? Name the quantity of the data that decides it, and a check.

# %% [markdown] answer
# Neither. Where two neighbouring eigenvalues nearly agree, replacing one component by the other
# costs their difference, which may be far below one per cent, and turns the subspace by up to 90
# degrees. So look at the eigenvalues on both sides of k. A check: compute the loss of PCA with
# component k replaced by component k + 1; if it is within a per cent of the floor, the angle says
# nothing against the training.

# %% [markdown] rubric
# | | full | half | none |
# |---|---|---|---|
# | **What decides** (2) | The gap of eigenvalues at k, and why | Says "similar eigenvalues" | Blames training or rounding |
# | **Loss and weights** (2) | Tells equal loss from equal weights | Says it without a reason | Mixes them |
# | **A check** (2) | One that could come out otherwise | Names a number to look at | None |
