"""Runs train on Dask's workers, which share no disk with this process, and on Ray's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labcode import runs
from labcode.runs import clusters
from labcode.training.covariance import CovarianceRunSpec

CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    env = {"LABCODE_CACHE": sys.argv[1]}
    with LocalCluster(2, threads_per_worker=1, dashboard_address=None, env=env) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
# In a process of its own, since Ray leaves threads and sockets behind.
WITH_RAY = """
import ray
from labcode import runs
from tests.runs.test_clusters import specs
print("trained:", runs.train_missing(specs(2), backend="ray"), ray.is_initialized())
"""
ROOT = Path(__file__).parents[2]


def specs(count: int) -> list[CovarianceRunSpec]:
    return [
        CovarianceRunSpec(1, "LBFGS", 5, seed, spectrum=(3.0, 2.0, 1.0)) for seed in range(count)
    ]


@pytest.fixture
def address(tmp_path):
    pytest.importorskip("distributed", reason="needs: pip install -r requirements-dev.txt")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    with subprocess.Popen(
        [sys.executable, script, tmp_path / "there"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("")


def test_a_dask_cluster_trains_and_its_runs_are_kept_here(address, tmp_path, monkeypatch):
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path / "here"))
    wanted = specs(4)
    assert runs.train_missing(wanted, backend="dask", address=address) == 4
    assert all(runs.is_kept(spec) for spec in wanted)
    there = {file.name for file in (tmp_path / "there" / "runs").glob("*.safetensors")}
    assert there == {runs.path(spec).name for spec in wanted}
    assert runs.train_missing(wanted, backend="dask", address=address) == 0


def test_ray_trains_on_this_machine_and_is_ended(empty_cache, tmp_path):
    pytest.importorskip("ray", reason="needs: pip install -r requirements-dev.txt")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": path}  # it keeps a password
    command = [sys.executable, "-c", WITH_RAY]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "trained: 2 False" in done.stdout, done.stderr[-3000:]
    assert all(runs.is_kept(spec) for spec in specs(2))


def test_an_address_for_this_machine_is_refused():
    with (
        pytest.raises(ValueError, match="has no address"),
        clusters.workers("loky", "tcp://somewhere:1"),
    ):
        pass


@pytest.mark.parametrize(("backend", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_missing_package_is_named(monkeypatch, backend, package):
    """By its own name: on PyPI `labcode`, and so `labcode[dask]`, is a stranger's package."""
    monkeypatch.setitem(sys.modules, package, None)
    with (
        pytest.raises(ValueError, match=rf"pip install {package}$"),
        clusters.workers(backend),
    ):
        pass
