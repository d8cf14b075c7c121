"""Solutions with one fault each, as students make it, and the tests that it fails: no others."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """In a chapter's solution, `new` stands in place of `old`, which is there once."""

    chapter: str
    fault: str
    old: str
    new: str
    loses: frozenset[str]


def _wrong(chapter: str, *faults: tuple[str, str, str, str]) -> list[Wrong]:
    return [
        Wrong(chapter, fault, old, new, frozenset(f"test_{name}" for name in loses.split()))
        for fault, old, new, loses in faults
    ]


WRONG = [
    *_wrong(
        "data",
        (
            "parts overlap",
            "rng.permutation(n)",
            "rng.integers(n, size=n)",
            "each_number_is_in_one_part",
        ),
        (
            "parts are not shuffled",
            "rng.permutation(n)",
            "np.arange(n)",
            "chance_decides_who_is_in_which_part",
        ),
        (
            "test images are centred by themselves",
            "(test - mean) / scale",
            "(test - test.mean(axis=0)) / scale",
            "test_images_decide_nothing own_test_mean",
        ),
        (
            "PSNR of the mean error",
            "(-10 * np.log10(mse)).mean()",
            "-10 * np.log10(mse.mean())",
            "mean_of_the_images_psnrs",
        ),
        (
            "a peak of 255 for pixels up to 1",
            "np.log10(mse)",
            "np.log10(mse / 255**2)",
            "psnr_of_one_image",
        ),
        (
            "covariance divides by n - 1",
            "* (y - y.mean())).mean()",
            "* (y - y.mean())).sum() / (x.size - 1)",
            "ssim_of_one_window",
        ),
        (
            "SSIM without its constants",
            "0.01**2, 0.03**2",
            "0.0, 0.0",
            "ssim_of_one_window ssim_of_blank_images",
        ),
        (
            "squared distance",
            "np.sqrt(squares.min(axis=1))",
            "squares.min(axis=1)",
            "distances_of_the_nearest own_nearest",
        ),
        (
            "the median for both errors",
            "x.mean(), np.median(x)",
            "np.median(x), np.median(x)",
            "constant_of_the_squared_error",
        ),
        (
            "test images choose",
            "np.argmin(validation_errors)",
            "np.argmin(test_errors)",
            "validation_images_choose",
        ),
        (
            "the validation error is reported",
            "test_errors[chosen]",
            "validation_errors[chosen]",
            "the_reported_error_is_of_unseen_images",
        ),
    ),
    *_wrong(
        "ae-versus-pca",
        ("missing centring", "centred = x - mean\n", "centred = x\n", "span_of_the_components"),
        (
            "covariance divides by n - 1",
            "eigh(centred.T @ centred / len(x))",
            "eigh(centred.T @ centred / (len(x) - 1))",
            "eigenvalues_divide_by_the_number_of_images",
        ),
        (
            "smallest first",
            "vectors[:, ::-1][:, :k], eigenvalues[::-1]",
            "vectors[:, :k], eigenvalues",
            "span_of_the_components order_of_the_components",
        ),
        (
            "floor divides by n - 1",
            "eigvalsh(centred.T @ centred / len(x))",
            "eigvalsh(centred.T @ centred / (len(x) - 1))",
            "floor_is_the_error_of_pca own_floor",
        ),
        (
            "what is kept in place of what is lost",
            "eigenvalues[k:].sum()",
            "eigenvalues[:k].sum()",
            "floor_is_the_error_of_pca own_floor",
        ),
        (
            "clipping forgotten",
            "np.clip(cosines, 0, 1)",
            "cosines",
            "angles_of_a_subspace_with_itself",
        ),
        (
            "radians",
            "np.degrees(np.arccos(np.clip(cosines, 0, 1)))",
            "np.arccos(np.clip(cosines, 0, 1))",
            "angles_of_orthonormal_columns",
        ),
        (
            "columns taken for orthonormal",
            "np.linalg.qr(a)[0].T @ np.linalg.qr(b)[0]",
            "a.T @ b",
            "angles_of_any_columns",
        ),
        ("transpose for inverse", "np.linalg.inv(g)", "g.T", "reconstructions_stay"),
        (
            "negative shares",
            "np.maximum(0, 1 - r / l)",
            "1 - r / l",
            "weak_components_are_switched_off",
        ),
        (
            "mean over pixels as well",
            "rest.T @ x / len(x)",
            "rest.T @ x / x.size",
            "gradient_of_the_encoder",
        ),
        (
            "smallest angle in place of the largest",
            "compute_uv=False)[:, -1]",
            "compute_uv=False)[:, 0]",
            "share_takes_the_largest_angle",
        ),
    ),
    *_wrong(
        "beyond-linear",
        (
            "PCA not clipped",
            "rebuilt.clip(0, 1) - test",
            "rebuilt - test",
            "error_of_clipped_pca own_clipped_error",
        ),
        (
            "test images are centred by themselves",
            "mean + (test - mean)",
            "mean + (test - test.mean(axis=0))",
            "error_of_clipped_pca own_clipped_error",
        ),
        (
            "one component too many",
            "full_matrices=False)[2][:k]",
            "full_matrices=False)[2][: k + 1]",
            "error_of_clipped_pca no_component_is_the_mean own_clipped_error",
        ),
        (
            "a decoder without a bias",
            "np.column_stack([codes, np.ones(len(codes))])",
            "np.column_stack([codes, np.zeros(len(codes))])",
            "bias_of_the_best_decoder",
        ),
        ("zero counts as used", "w + b > 0", "w + b >= 0", "number_of_dead"),
        (
            "dead in some image",
            "(~active.any(axis=0))",
            "(~active.all(axis=0))",
            "number_of_dead",
        ),
        (
            "a share of the code for a number",
            "active.sum(axis=1).mean()",
            "active.mean()",
            "numbers_above_zero_in_an_image",
        ),
        (
            "only corners of the curve count",
            "along.clip(0, 1)[",
            "along.clip(0, 1).round()[",
            "nearest_point_lies_inside_a_piece",
        ),
        (
            "pieces go on for ever",
            "along.clip(0, 1)[",
            "along[",
            "nearest_point_lies_inside_a_piece the_curve_ends_at_its_ends",
        ),
        (
            "one mean for all groups",
            "mine - mine.mean(axis=0)",
            "mine - x.mean(axis=0)",
            "each_group_by_its_own_pca mean_is_over_images own_local_error",
        ),
        (
            "every group counts alike",
            "total += (values[k:] ** 2).sum()",
            "total += (values[k:] ** 2).mean() * len(x) / 2",
            "each_group_by_its_own_pca mean_is_over_images own_local_error",
        ),
        (
            "the normal distribution for five seeds",
            "t.ppf(0.975, n - 1)",
            "1.96",
            "few_seeds_have_a_wide_interval",
        ),
        (
            "level if zero is inside",
            "if -margin <= centre - half and centre + half <= margin:",
            "if centre - half <= 0 <= centre + half:",
            "few_seeds_have_a_wide_interval level_needs_an_interval_inside_the_margin",
        ),
        (
            "sides exchanged",
            "if centre + half < 0:",
            "if centre - half > 0:",
            "sides_of_pca",
        ),
        (
            "the last weights are kept",
            "return best, epoch",
            "return epoch, epoch",
            "epoch_that_is_kept as_low_is_not_lower",
        ),
        (
            "as low counts as lower",
            "error < errors[best]",
            "error <= errors[best]",
            "as_low_is_not_lower",
        ),
        (
            "looks beyond the end",
            "return best, epoch",
            "return int(np.argmin(errors)), epoch",
            "epoch_that_is_kept as_low_is_not_lower",
        ),
    ),
    *_wrong(
        "dense-versus-cnn",
        (
            "biases forgotten",
            'if kind == "conv" else 1) + 1)',
            'if kind == "conv" else 1))',
            "weights_of_dense_layers weights_of_convolutions",
        ),
        ("side not squared", "side[0] ** 2 if", "side[0] if", "weights_of_convolutions"),
        (
            "work at one place only",
            "side**2 * rows * columns",
            "side**2",
            "work_at_every_place work_with_a_stride",
        ),
        (
            "stride forgotten in the rows",
            "rows = (height - side) // stride + 1",
            "rows = height - side + 1",
            "work_with_a_stride",
        ),
        (
            "flipped kernel",
            "* kernel).sum",
            "* kernel[::-1, ::-1]).sum",
            "convolution own_response",
        ),
        (
            "stride forgotten in the image",
            "windows[::stride, ::stride]",
            "windows",
            "convolution_with_a_stride",
        ),
        (
            "each image its own permutation",
            "x[:, rng.permutation(x.shape[1])]",
            "rng.permuted(x, axis=1)",
            "one_permutation_for_all_images",
        ),
        (
            "layers and code changed together",
            "(m[1] - m[0]).mean()",
            "m[1, 1] - m[0, 0]",
            "main_effects own_effects",
        ),
        (
            "interaction not halved",
            "(m[1, 0] - m[0, 0])) / 2",
            "(m[1, 0] - m[0, 0]))",
            "interaction own_effects",
        ),
        (
            "targets rounded too",
            "x == np.round(x_hat)",
            "np.round(x) == np.round(x_hat)",
            "accuracy_of_an_output",
        ),
        (
            "width below, not nearest",
            "min(low, low + 1, key=lambda h: abs(h * per_unit + rest - target))",
            "low",
            "width_is_the_nearest",
        ),
    ),
    *_wrong(
        "denoising",
        (
            "one noise draw for all images",
            "return x + std * rng.normal(size=x.shape)",
            "return x + std * rng.normal(size=x.shape[1:])",
            "each_image_has_its_own_noise",
        ),
        (
            "one noise draw for all pixels",
            "return x + std * rng.normal(size=x.shape)",
            "return x + std * rng.normal(size=(len(x), 1))",
            "each_pixel_has_its_own_noise",
        ),
        (
            "variance for standard deviation",
            "return x + std *",
            "return x + std**2 *",
            "strength_of_the_noise",
        ),
        (
            "clipping forgotten",
            "np.clip(x + std * rng.normal(size=x.shape), 0, 1)",
            "x + std * rng.normal(size=x.shape)",
            "pixels_stay_in_their_range",
        ),
        (
            "missing centring",
            "(train - mean).T @ (train - mean)",
            "train.T @ train",
            "wiener_filter own_mse",
        ),
        (
            "noise not squared",
            "s + std**2 * np.eye",
            "s + std * np.eye",
            "wiener_filter own_mse",
        ),
        (
            "sum over pixels",
            "(l + std**2)).mean()",
            "(l + std**2)).sum()",
            "error_of_the_wiener_filter",
        ),
        (
            "weights underflow",
            "np.exp(logs - logs.max(axis=1, keepdims=True))\n    return",
            "np.exp(logs)\n    return",
            "far_from_all_points",
        ),
        (
            "nearest point in place of the mean",
            "return weights @ points / weights.sum(axis=1, keepdims=True)",
            "return points[logs.argmax(axis=1)]",
            "mean_of_the_points",
        ),
        (
            "score not divided by the variance",
            "(mean - y) / std**2",
            "mean - y",
            "gradient_of_the_log_density",
        ),
        (
            "divergence forgotten",
            "- std**2 + 2 * std**2 * a",
            "- std**2",
            "stein_estimates_the_error",
        ),
    ),
    *_wrong(
        "ae-versus-vae",
        (
            "KL by mean in place of sum",
            "- 1 - log_variance).sum(axis=1)",
            "- 1 - log_variance).mean(axis=1)",
            "kl_is_a_sum_over_units own_kl",
        ),
        (
            "the half forgotten",
            "0.5 * (np.exp(log_variance)",
            "(np.exp(log_variance)",
            "kl_of_one_unit own_kl",
        ),
        (
            "likelihood without its constant",
            "-0.5 * np.log(2 * np.pi * v) -",
            "-",
            "constant_of_the_gaussian_likelihood",
        ),
        (
            "likelihood by mean in place of sum",
            "/ (2 * v)).sum(axis=1)",
            "/ (2 * v)).mean(axis=1)",
            "differences_of_gaussian_likelihoods constant_of_the_gaussian_likelihood",
        ),
        (
            "logarithm of a rounded probability",
            "(x * logits - np.logaddexp(0, logits))",
            "(x * np.log(1 / (1 + np.exp(-logits))) + (1 - x) * np.log(1 / (1 + np.exp(logits))))",
            "bernoulli_likelihood_of_sure_pixels",
        ),
        (
            "one noise draw for all images",
            "rng.normal(size=mean.shape)",
            "rng.normal(size=mean.shape[1:])",
            "each_image_has_its_own_draw",
        ),
        (
            "variance for standard deviation",
            "np.exp(log_variance / 2) *",
            "np.exp(log_variance) *",
            "law_of_the_codes",
        ),
        (
            "bound by sum in place of mean",
            "(log_joint - log_q).mean(axis=0)",
            "(log_joint - log_q).sum(axis=0)",
            "bound_of_a_model_with_a_known_likelihood own_elbo",
        ),
        (
            "biased IWAE: the number of draws forgotten",
            "np.exp(logs - most).mean(axis=0)",
            "np.exp(logs - most).sum(axis=0)",
            "bound_of_equal_weights",
        ),
        (
            "mean of logarithms for logarithm of the mean",
            "most + np.log(np.exp(logs - most).mean(axis=0))",
            "logs.mean(axis=0)",
            "bound_of_unequal_weights",
        ),
        ("weights underflow", "logs.max(axis=0)", "0.0", "bound_of_tiny_weights"),
        (
            "dividing by all eigenvalues",
            "np.sort(l)[: len(l) - k].mean()",
            "np.sort(l)[: len(l) - k].sum() / len(l)",
            "best_variance own_variance",
        ),
    ),
    *_wrong(
        "claims",
        (
            "dividing by n in place of n - 1",
            "d.std(ddof=1)",
            "d.std()",
            "paired_interval own_interval",
        ),
        (
            "pairs taken apart",
            "d.std(ddof=1)",
            "np.sqrt(a.var(ddof=1) + b.var(ddof=1))",
            "paired_interval own_interval",
        ),
        (
            "pairing what is not paired",
            "half = stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(va + vb)",
            "half = stats.t.ppf((1 + level) / 2, len(a) - 1) * (a - b).std(ddof=1) / len(a) ** 0.5",
            "welch_interval order_of_the_seeds_means_nothing",
        ),
        (
            "equal variances assumed",
            "stats.t.ppf((1 + level) / 2, freedom)",
            "stats.t.ppf((1 + level) / 2, len(a) + len(b) - 2)",
            "welch_interval",
        ),
        (
            "the seen one not counted",
            "means >= abs(d.mean()) - 1e-12",
            "means > abs(d.mean()) + 1e-12",
            "share_of_sign_flips own_p",
        ),
        ("one side only", "abs(signs @ d) / n", "(signs @ d) / n", "share_of_sign_flips own_p"),
        (
            "order of the p-values not kept",
            "np.maximum.accumulate(p[order] *",
            "(p[order] *",
            "holms_levels",
        ),
        ("p-values above one", "np.minimum(1, adjusted)", "adjusted", "no_p_above_one"),
        (
            "zero inside, so equal",
            "-margin <= low and high <= margin",
            "low <= 0 <= high",
            "an_interval_that_holds_zero_is_no_proof_of_equality",
        ),
        (
            "normal in place of Student",
            "stats.t.ppf(0.975, n - 1)",
            "stats.norm.ppf(0.975)",
            "number_of_seeds own_seeds",
        ),
        (
            "drawn without replacement",
            "rng.choice(values, (draws, len(values)))",
            "rng.permuted(np.tile(values, (draws, 1)), axis=1)",
            "bootstrap_interval",
        ),
    ),
]
