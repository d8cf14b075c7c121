"""Each figure of the data chapter draws its table: pictures, bars and labels are read back."""

import numpy as np
import xarray as xr

from labcode.figures import data_and_scores as figures

RNG = np.random.default_rng(0)
PICTURE = {"row": 28, "column": 28}


def table(**levels):
    """Different numbers from 0.1 to 0.9 in every place; a level is a list, or how many."""
    sizes = [each if isinstance(each, int) else len(each) for each in levels.values()]
    coords = {name: each for name, each in levels.items() if not isinstance(each, int)}
    return xr.DataArray(RNG.uniform(0.1, 0.9, sizes), coords, tuple(levels))


def shown(place) -> np.ndarray:
    (picture,) = place.images
    return np.asarray(picture.get_array())


def test_each_class_has_its_mean_its_nearest_and_its_farthest():
    names = ["Dress", "Bag"]
    classes = xr.Dataset(
        {
            "mean": table(garment=names, **PICTURE),
            "nearest": table(garment=names, example=2, **PICTURE),
            "farthest": table(garment=names, example=2, **PICTURE),
        }
    )
    axes = np.reshape(figures.portraits(classes).axes, (2, 7))
    for row, name in zip(axes, names, strict=True):
        one = classes.sel(garment=name)
        assert row[0].get_ylabel() == name
        expected = [one["mean"], *one.nearest, *one.farthest]
        for place, picture in zip(row[[0, 2, 3, 5, 6]], expected, strict=True):
            np.testing.assert_array_equal(shown(place), picture)


def test_the_histogram_of_grey_values_has_bars_at_its_ends():
    statistics = xr.Dataset(
        {"share": table(grey=256), "mean_image": table(**PICTURE), "black_image": table(**PICTURE)}
    )
    left, middle, right, _ = figures.pixels(statistics).axes
    steps, black, white = left.patches
    np.testing.assert_array_equal(steps.get_data().values, statistics.share[1:255])
    ends = statistics.share[[0, 255]].values.tolist()
    assert [bar.get_height() for bar in (black, white)] == ends
    for text, share in zip(left.texts, ends, strict=True):
        assert f"{100 * share:.1f}%" in text.get_text()
    np.testing.assert_array_equal(shown(middle), statistics.mean_image)
    np.testing.assert_array_equal(shown(right), statistics.black_image)


def test_distances_are_stacked_by_class():
    error = np.repeat([0.1, 0.3, 0.5], [6, 3, 1])
    same = np.array([True] * 5 + [False, True, True, False, False])
    neighbours = xr.Dataset(
        {"mse": ("image", error, {"long_name": "MSE"}), "same_class": ("image", same)}
    )
    (axes,) = figures.distances(neighbours).axes
    heights = [sum(bar.get_height() for bar in bars) for bars in axes.containers]
    assert heights == [7, 2], "the last lies beyond the 99th percentile"
    (mean,) = axes.lines
    assert set(mean.get_xdata()) == {error.mean()}
    labels = [text.get_text() for text in axes.get_legend().texts]
    assert labels == ["the same class", "another class"]


def test_pairs_have_the_test_image_above_its_neighbour():
    pairs = xr.Dataset(
        {"pixels": table(part=["test", "training"], pair=3, **PICTURE), "distance": table(pair=3)}
    ).assign_coords(garment=("pair", ["Bag", "Coat", "Dress"]))
    axes = np.reshape(figures.closest_pairs(pairs).axes, (2, 3))
    assert [place.get_ylabel() for place in axes[:, 0]] == ["test", "training"]
    for row, images in zip(axes, pairs.pixels, strict=True):
        np.testing.assert_array_equal([shown(place) for place in row], images)
    assert [place.get_title("center") for place in axes[0]] == [f"{d:.1f}" for d in pairs.distance]
    assert [place.get_xlabel() for place in axes[1]] == ["Bag", "Coat", "Dress"]


def test_damages_stand_in_their_columns_with_their_ssim():
    damages = ["shifted", "noisy"]
    garments = xr.Dataset(
        {
            "original": table(image=[7, 9], **PICTURE),
            "damaged": table(damage=damages, image=[7, 9], **PICTURE),
            "mse": table(damage=damages, image=[7, 9]),
            "ssim": table(damage=damages, image=[7, 9]),
        }
    )
    axes = np.reshape(figures.equal_error(garments).axes, (2, 3))
    assert [place.get_title("center") for place in axes[0]] == ["original", *damages]
    for row, image in zip(axes, (7, 9), strict=True):
        one = garments.sel(image=image)
        np.testing.assert_array_equal(shown(row[0]), one.original)
        assert row[0].get_xlabel() == f"MSE {one.mse.sel(damage='shifted'):.3f}"
        for place, damage in zip(row[1:], damages, strict=True):
            np.testing.assert_array_equal(shown(place), one.damaged.sel(damage=damage))
            assert place.get_xlabel() == f"SSIM {one.ssim.sel(damage=damage):.2f}"


def test_each_average_has_its_line():
    psnrs = xr.Dataset({"psnr": ("image", [10.0, 20, 30]), "mean_psnr": 20, "psnr_of_mean": 14.5})
    (axes,) = figures.averages(psnrs).axes
    lines = {line.get_linestyle(): set(line.get_xdata()) for line in axes.lines}
    assert lines == {"--": {14.5}, "-": {20}}
    texts = [text.get_text() for text in axes.texts]
    assert "PSNR of the mean" in texts[0] and "14.50" in texts[0]
    assert "mean of the PSNRs" in texts[1] and "20.00" in texts[1]
    assert sum(bar.get_height() for bar in axes.patches) == 3


def test_code_sizes_grow_to_the_right_up_to_the_original():
    levels = {"code_size": [0, 32], "image": 2}
    garments = xr.Dataset(
        {
            "original": table(image=2, **PICTURE),
            "restored": table(**levels, **PICTURE),
            "psnr": table(**levels),
        }
    )
    axes = np.reshape(figures.reconstructions(garments).axes, (2, 3))
    assert [place.get_title("center") for place in axes[0]] == ["k = 0", "k = 32", "original"]
    for i, row in enumerate(axes):
        np.testing.assert_array_equal(shown(row[2]), garments.original[i])
        for place, size in zip(row, (0, 32), strict=False):
            one = garments.isel(image=i).sel(code_size=size)
            np.testing.assert_array_equal(shown(place), one.restored)
            assert place.get_xlabel() == f"{one.psnr:.1f} dB"
