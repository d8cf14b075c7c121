"""Kernel PCA: components of a nonlinear map of the images, with scikit-learn's Nyström method.

Encoder: kernels to a few landmarks (Williams and Seeger, 2001), and PCA of these features
(Schölkopf, Smola and Müller, 1998). Decoder: ridge regression of the pixels on the code, the code
itself and its kernels to landmarks, as Bakir, Weston and Schölkopf (2004) learn pre-images.
"""

import time
from dataclasses import dataclass, field

import numpy as np
import torch
import xarray as xr
from sklearn.decomposition import PCA
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer

from labcode import checks, data, runs
from labcode.data import DataSpec
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit

RIDGE = 1e-3


@dataclass(frozen=True)
class KernelPCASpec:
    """Everything that decides kernel PCA with a learned decoder.

    Attributes
    ----------
    code_size : int
    width : float
        Of the kernel exp(-|x - y|^2 / (width D)), with D the mean squared distance of two
        training images in the encoder, and of two codes in the decoder.
    seed : int
        Decides the landmarks.
    data : DataSpec
    landmarks : int
        More than the code size; at most the number of training images.
    """

    code_size: int
    width: float
    seed: int
    data: DataSpec = field(default_factory=DataSpec)
    landmarks: int = 1000

    def __post_init__(self) -> None:
        checks.counts(code_size=self.code_size, landmarks=self.landmarks)
        if not self.code_size < self.landmarks <= self.data.train:
            raise ValueError(
                f"{self.landmarks} landmarks: take more than the {self.code_size} numbers of a "
                f"code, and at most the {self.data.train} training images."
            )

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"kernel PCA, k = {self.code_size}, width {self.width:g}, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long it takes, in the unit of `RunSpec.cost`."""
        return float(self.data.train * self.landmarks * 1000)

    def train(self, device: str = "auto") -> Fit:
        """Fit encoder and decoder on the CPU, whatever the device, and score them.

        Returns
        -------
        Fit
            `weights` holds `reconstructions`, shape (10, 784), of the first test images;
            `history` holds `validation_mse`, `test_mse` and `clipped_mse`, MSE per pixel on
            validation images, and on test images without and with clipping to [0, 1]; and
            `seconds`. Each has shape (1,).
        """
        split = data.load(self.data)
        train, validation, test = (
            part.pixels.flatten(1).numpy() for part in (split.train, split.validation, split.test)
        )
        start = time.perf_counter()
        with one_thread():
            model = autoencoder(train, self.code_size, self.width, self.landmarks, self.seed)
            seconds = time.perf_counter() - start
            restored = model.predict(test)
            scores = {"test_mse": restored - test, "clipped_mse": restored.clip(0, 1) - test}
            if len(validation):
                scores["validation_mse"] = model.predict(validation) - validation
        history = {name: torch.tensor([np.mean(e**2)]).double() for name, e in scores.items()}
        shown = torch.from_numpy(restored[:10]).float()
        return Fit({"reconstructions": shown}, history | {"seconds": torch.tensor([seconds])})


def autoencoder(x: np.ndarray, code_size: int, width: float, landmarks: int, seed: int) -> Pipeline:
    """A fitted pipeline that gives points back from codes; its last step decodes.

    Parameters
    ----------
    x : ndarray, shape (n, d)
    code_size, width, landmarks, seed : as in `KernelPCASpec`
    """
    encoder = make_pipeline(_kernels(x, width, landmarks, seed), PCA(code_size, random_state=seed))
    codes = encoder.fit_transform(x).astype(float)  # the ridge is too small for single precision
    bent = _kernels(codes, width, landmarks, seed)
    decoder = make_pipeline(make_union(FunctionTransformer(), bent), Ridge(RIDGE)).fit(codes, x)
    return Pipeline([("encoder", encoder), ("decoder", decoder)])


def kernel_pca_errors(fitted: KernelPCASpec) -> xr.Dataset:
    """MSE per pixel of kernel PCA: `validation`, `test`, and `clipped`, on test images."""
    history = runs.history_of(fitted)
    about = {"units": "squared pixel units", "long_name": "MSE per pixel of kernel PCA"}
    names = ("validation", "test", "clipped")
    return xr.Dataset({name: ((), history[f"{name}_mse"].item(), about) for name in names})


def _kernels(x: np.ndarray, width: float, landmarks: int, seed: int) -> Nystroem:
    distance = 2 * x.var(0).sum()
    return Nystroem(gamma=1 / (width * distance), n_components=landmarks, random_state=seed)
