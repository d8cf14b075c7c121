"""Runs train on a Dask cluster that shares no disk with this process, and are kept here."""

import os
import subprocess
import sys

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
