"""Where runs train: this machine's processes, or any backend of joblib, such as Dask and Ray."""

from collections.abc import Iterator
from contextlib import contextmanager

import joblib

HERE = "loky"
PACKAGES = {"dask": "distributed", "ray": "ray"}


@contextmanager
def workers(backend: str = HERE, address: str | None = None) -> Iterator[None]:
    """Inside, joblib sends its work to this backend.

    Parameters
    ----------
    backend : str
        `loky` is this machine's processes. `dask` and `ray` connect to the cluster at the
        address, or start one on this machine. Other names are joblib's or registered there.
    address : str, optional
        `tcp://host:8786` for a Dask scheduler, `ray://host:10001` for Ray.

    Raises
    ------
    ValueError
        If the backend is unknown or its package is not installed, or cannot take an address.
    """
    if backend in PACKAGES:
        try:
            start = {"dask": _dask, "ray": _ray}[backend]
            with start(address):
                yield
        except ModuleNotFoundError as problem:
            raise ValueError(
                f"the backend {backend!r} needs a package that is not here ({problem.name}). "
                f"Install it with: pip install {PACKAGES[backend]}"
            ) from problem
        return
    if address is not None:
        raise ValueError(f"the backend {backend!r} has no address. Leave --address out.")
    with joblib.parallel_config(backend=backend):
        yield


@contextmanager
def _dask(address: str | None) -> Iterator[None]:
    from distributed import Client, LocalCluster

    if address is not None:
        with Client(address) as client, joblib.parallel_config("dask", client=client):
            yield
        return
    with (
        LocalCluster(threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        joblib.parallel_config("dask", client=client),
    ):
        yield


@contextmanager
def _ray(address: str | None) -> Iterator[None]:
    import ray
    from ray.util.joblib import register_ray

    register_ray()
    with ray.init(address=address), joblib.parallel_config("ray"):
        yield
