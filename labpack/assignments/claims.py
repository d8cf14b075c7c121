# %% [markdown]
# # Lab 7: claims
#
# A claim needs a rule that was written before its numbers. Here are the rules' parts: intervals, a
# permutation test, a correction for many claims, and the decision. The chapter *Claims* has the theory.

# %% [markdown] task="paired"
# ## 1. Paired
#
# Both methods ran on the same five splits of the data, so errors come in pairs. Return the interval of
# the mean difference a - b by Student's t. In `my_interval` put the 95 per cent interval of your own.


# %%
def paired_interval(a, b, level=0.95):
    """Low and high, from two arrays of shape (n,)."""
    from scipy import stats

    # BEGIN SOLUTION
    d = a - b
    half = stats.t.ppf((1 + level) / 2, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
    return d.mean() - half, d.mean() + half
    # END SOLUTION


rng = generator(STUDENT, "paired")
shared = rng.normal(size=5)
my_a, my_b = shared + 0.1 * rng.normal(size=5), shared + 0.1 * rng.normal(size=5)
my_interval = paired_interval(my_a, my_b)  # SOLUTION

# %% check
print(paired_interval(np.array([1.0, 3.0]), np.array([0.0, 0.0])), "should be -10.7 and 14.7")


# %% hidden points=3
def test_paired_interval(paired_interval):
    import numpy as np
    from scipy.stats import ttest_rel

    for n, level in ((4, 0.95), (5, 0.99), (12, 0.8)):
        rng = np.random.default_rng(n)
        shared = 3 * rng.normal(size=n)
        a, b = shared + rng.normal(size=n), shared + rng.normal(size=n)
        right = ttest_rel(a, b).confidence_interval(level)
        np.testing.assert_allclose(paired_interval(a.copy(), b.copy(), level), right, rtol=1e-6)


# %% hidden points=1
def test_own_interval(env, my_interval):
    import numpy as np
    from personal import generator, owner
    from scipy.stats import ttest_rel

    rng = generator(owner(env), "paired")
    shared = rng.normal(size=5)
    a, b = shared + 0.1 * rng.normal(size=5), shared + 0.1 * rng.normal(size=5)
    right = ttest_rel(a, b).confidence_interval(0.95)
    np.testing.assert_allclose(my_interval, right, rtol=1e-4, err_msg="of your own errors")


# %% [markdown] task="welch"
# ## 2. Not paired
#
# Now each network started on its own: seed 3 of one has nothing to do with seed 3 of the other, and the
# two may scatter differently. Return Welch's interval of the difference of the means.


# %%
def welch_interval(a, b, level=0.95):
    """Low and high, from arrays of shapes (n,) and (m,)."""
    from scipy import stats

    # BEGIN SOLUTION
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    freedom = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    half = stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(va + vb)
    return a.mean() - b.mean() - half, a.mean() - b.mean() + half
    # END SOLUTION


# %% check
print(welch_interval(np.array([1.0, 3.0]), np.array([0.0, 0.2])), "should be -10.2 and 14.0")


# %% hidden points=2
def test_welch_interval(welch_interval):
    import numpy as np
    from scipy.stats import ttest_ind

    for n, m in ((5, 5), (4, 9)):
        rng = np.random.default_rng(n)
        a, b = rng.normal(size=n), 4 * rng.normal(size=m) + 1
        right = ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
        np.testing.assert_allclose(welch_interval(a.copy(), b.copy()), right, rtol=1e-6)


# %% hidden points=1
def test_order_of_the_seeds_means_nothing(welch_interval):
    import numpy as np

    a, b = np.random.default_rng(1).normal(size=(2, 6))
    first, second = welch_interval(np.sort(a), np.sort(b)), welch_interval(np.sort(a), -np.sort(-b))
    assert np.isfinite(first).all()
    np.testing.assert_allclose(first, second, rtol=1e-9, err_msg="seeds were taken as pairs")


# %% [markdown] task="flips"
# ## 3. A permutation control
#
# If two methods are alike, each paired difference could as well have the other sign. Go through *all*
# $2^n$ choices of signs, and return the share whose mean is at least as far from zero as the one that
# was seen, which counts too. Two means that differ by rounding alone count as equal.


# %%
def sign_flip_p(d):
    """A number above 0, at most 1, from differences of shape (n,), n at most 12."""
    # BEGIN SOLUTION
    n = len(d)
    signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    means = abs(signs @ d) / n
    return (means >= abs(d.mean()) - 1e-12).mean()
    # END SOLUTION


my_d = generator(STUDENT, "flips").normal(0.3, 1, size=9)
my_p = sign_flip_p(my_d)  # SOLUTION

# %% check
print(sign_flip_p(np.array([1.0, 2.0, 3.0])), "should be 0.25")


# %% hidden points=3
def test_share_of_sign_flips(sign_flip_p):
    import numpy as np
    from scipy.stats import permutation_test

    for seed, n in ((1, 4), (2, 7), (3, 10)):
        d = np.random.default_rng(seed).normal(0.5, 1, size=n)
        right = permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
        np.testing.assert_allclose(sign_flip_p(d.copy()), right.pvalue, atol=1e-9)


# %% hidden points=1
def test_own_p(env, my_p):
    import numpy as np
    from personal import generator, owner
    from scipy.stats import permutation_test

    d = generator(owner(env), "flips").normal(0.3, 1, size=9)
    right = permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
    np.testing.assert_allclose(float(my_p), right.pvalue, atol=1e-3, err_msg="of your own")


# %% [markdown] task="holm"
# ## 4. Many claims
#
# Holm's adjusted p-values: sort them, multiply the smallest by m, the next by m - 1, and so on; none may
# be below the one before it, and none above 1. Return them in the order they came in.


# %%
def holm(p):
    """Shape (m,), from p-values of shape (m,)."""
    # BEGIN SOLUTION
    order = np.argsort(p)
    adjusted = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty(len(p))
    result[order] = np.minimum(1, adjusted)
    return result
    # END SOLUTION


# %% check
print(holm(np.array([0.04, 0.01])), "should be [0.04, 0.02]")


# %% hidden points=3
def test_holms_levels(holm):
    from itertools import combinations

    import numpy as np

    # Holm is the closure of Bonferroni: the worst of all sets of claims that hold this one.
    for seed in (1, 2, 3):
        p = np.random.default_rng(seed).beta(0.5, 4.0, size=5)
        sets = [s for size in range(1, 6) for s in combinations(range(5), size)]
        right = [max(min(1, len(s) * min(p[list(s)])) for s in sets if i in s) for i in range(5)]
        np.testing.assert_allclose(np.minimum(1, holm(p.copy())), right, atol=1e-9)


# %% hidden points=1
def test_no_p_above_one(holm):
    import numpy as np

    assert np.max(holm(np.array([0.3, 0.9, 0.6, 0.7]))) <= 1, "a p-value is above 1"


# %% [markdown] task="decide"
# ## 5. The rule
#
# From the interval of a difference of errors and a margin that was named beforehand, answer in one
# word: `"lower"` if the interval is below zero, `"higher"` if it is above, `"equal"` if all of it is
# within the margin on both sides of zero, and `"undecided"` else. If it is below or above zero, that
# comes first.


# %%
def decide(low, high, margin):
    """One of four words."""
    # BEGIN SOLUTION
    if high < 0:
        return "lower"
    if low > 0:
        return "higher"
    return "equal" if -margin <= low and high <= margin else "undecided"
    # END SOLUTION


# %% check
print(decide(-3.0, -1.0, 0.5), "should be lower")


# %% hidden points=1
def test_differences_are_seen(decide):
    assert decide(-2.0, -0.1, 0.5) == "lower" and decide(0.1, 9.0, 0.5) == "higher"
    assert decide(-0.2, -0.1, 0.5) == "lower" and decide(0.1, 0.2, 0.5) == "higher"


# %% hidden points=2
def test_an_interval_that_holds_zero_is_no_proof_of_equality(decide):
    found = [decide(*case) for case in ((-0.4, 2.6, 0.5), (-2.0, 0.3, 0.5), (-9.0, 9.0, 1.0))]
    assert found == ["undecided"] * 3, "an interval that holds zero and more than the margin"


# %% hidden points=1
def test_equality_needs_the_whole_interval_inside_the_margin(decide):
    assert decide(-0.4, 0.3, 0.5) == "equal" and decide(0.0, 0.01, 0.02) == "equal"


# %% [markdown] task="seeds"
# ## 6. How many seeds
#
# Differences scatter by `std`. How many pairs of seeds do you need until half of the 95 per cent
# interval by Student's t, at this scatter, is at most `margin`? At least 2. In `my_seeds` put the
# number for your own margin.


# %%
def seeds_needed(std, margin):
    """A whole number, at least 2."""
    from scipy import stats

    # BEGIN SOLUTION
    n = 2
    while stats.t.ppf(0.975, n - 1) * std / np.sqrt(n) > margin:
        n += 1
    return n
    # END SOLUTION


my_margin = generator(STUDENT, "seeds").uniform(0.1, 0.3)
my_seeds = seeds_needed(1.0, my_margin)  # SOLUTION

# %% check
print(seeds_needed(1.0, 1.0), "should be 7")


# %% hidden points=2
def test_number_of_seeds(seeds_needed):
    import numpy as np
    from scipy.stats import t

    n = np.arange(2, 3000)
    for std, margin in ((1.0, 0.9), (2.0, 0.5), (0.3, 0.3), (1.0, 5.0), (1.0, 20.0)):
        right = n[t.isf(0.025, n - 1) * std / np.sqrt(n) <= margin][0]
        assert seeds_needed(std, margin) == right, f"for std {std} and margin {margin}"


# %% hidden points=1
def test_own_seeds(env, my_seeds):
    import numpy as np
    from personal import generator, owner
    from scipy.stats import t

    margin = generator(owner(env), "seeds").uniform(0.1, 0.3)
    n = np.arange(2, 3000)
    right = n[t.isf(0.025, n - 1) / np.sqrt(n) <= margin][0]
    assert int(my_seeds) == right, "for your own margin"


# %% [markdown] task="bootstrap"
# ## 7. Without a formula
#
# Return the percentile interval of the *median* by the bootstrap: draw n of the n numbers with
# replacement, take the median, repeat it `draws` times.


# %%
def bootstrap_interval(values, rng, draws=2000, level=0.95):
    """Low and high, from numbers of shape (n,)."""
    # BEGIN SOLUTION
    drawn = rng.choice(values, (draws, len(values)))
    tail = 100 * (1 - level) / 2
    return tuple(np.percentile(np.median(drawn, axis=1), [tail, 100 - tail]))
    # END SOLUTION


# %% check
print(bootstrap_interval(np.arange(9.0), np.random.default_rng(0)), "about 1 and 7")


# %% hidden points=2
def test_bootstrap_interval(bootstrap_interval):
    import numpy as np
    from scipy.stats import bootstrap

    for seed, level in ((1, 0.95), (2, 0.8)):
        values = np.random.default_rng(seed).gamma(1.0, size=101)
        right = bootstrap(
            (values,),
            np.median,
            confidence_level=level,
            method="percentile",
            n_resamples=4000,
            rng=np.random.default_rng(9),
        ).confidence_interval
        found = bootstrap_interval(values.copy(), np.random.default_rng(3), 4000, level)
        width = right.high - right.low
        np.testing.assert_allclose(found, right, atol=0.15 * width)


# %% [markdown] written="claim" points=6
# ## 8. In words
#
# Write a claim about autoencoders that you could test within a day, and its rule, in at most 150 words.
# The rule names the runs, the measure, the comparison, the margin and all outcomes, so that another
# group could decide by it without asking you.

# %% [markdown] answer
# Claim: at a code of 16, a dense autoencoder reconstructs Fashion-MNIST better than PCA. Runs: five
# splits of the training images; on each, one network, tuned on validation images, and PCA. Measure:
# MSE on the test images. Comparison: paired by split, the 95 per cent interval of network minus PCA,
# in per cent of PCA's error. Margin: two per cent. Outcomes: holds, if the interval is below zero;
# fails, if above; equal, if inside the margin; undecided else. No other result changes it.

# %% [markdown] rubric
# | | full | half | none |
# |---|---|---|---|
# | **A claim that can fail** (2) | Says what is compared, and where | One side is vague | "We explore" |
# | **The rule decides alone** (2) | Runs, measure, comparison, margin | Two of these | A threshold only |
# | **All outcomes** (2) | Also undecided, and what each says | Holds or fails | One outcome |
