"""Runs on disk: one run a spec, never stale, never half written, trained once."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from labcode import runs
from labcode.data import DataSpec
from labcode.data import files as fashion_mnist
from labcode.models import LinearAutoencoder, ShallowAutoencoder
from labcode.runs import provenance
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.loop import Fit
from labcode.training.networks import RunSpec, model_spec


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path))


def quick(seed: int = 0, **changes) -> CovarianceRunSpec:
    return CovarianceRunSpec(1, "LBFGS", 5, seed, spectrum=(3.0, 2.0, 1.0), **changes)


@pytest.fixture
def network() -> RunSpec:
    return RunSpec(model_spec(ShallowAutoencoder, code_size=2), epochs=1, seed=0)


def test_equal_specs_are_one_run(monkeypatch):
    first = runs.get(quick())
    monkeypatch.setattr(CovarianceRunSpec, "train", lambda *_: pytest.fail("trained twice"))
    second = runs.get(quick())
    assert torch.equal(first.weights["W1"], second.weights["W1"])
    assert set(first.history) == set(second.history)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"epochs": 2},
        {"batch_size": 64},
        {"data": DataSpec(train=100, validation=10)},
        {"data": DataSpec(permutation_seed=1)},
        {"model": model_spec(ShallowAutoencoder, code_size=3)},
        {"model": model_spec(LinearAutoencoder, code_size=2)},
    ],
)
def test_the_key_changes_with_whatever_decides_the_run(network, change):
    assert runs.key(replace(network, **change)) != runs.key(network)


def test_the_key_changes_with_the_images(network, monkeypatch):
    before = runs.key(network)
    monkeypatch.setitem(fashion_mnist.CHECKSUMS, "train-images-idx3-ubyte", "another data set's")
    assert runs.key(network) != before


def test_the_key_changes_with_the_code_that_trains(network, monkeypatch):
    before = runs.key(network)
    edit(monkeypatch, "labcode.models.dense", "nn.ReLU()", "nn.GELU()")
    assert runs.key(network) != before


def edit(monkeypatch, module: str, old: str, new: str) -> None:
    source = provenance.SOURCES[module]
    assert old in source
    monkeypatch.setitem(provenance.SOURCES, module, source.replace(old, new))


def test_runs_are_not_mixed_when_code_is_edited_during_training(monkeypatch):
    """The worker has loaded what is on disk; its parent here believes in another source."""
    edit(monkeypatch, "labcode.training.covariance", "return record.fit()", "return None")
    with pytest.raises(runs.CodeEdited, match="edited while"):
        runs.train_missing([quick(0), quick(1)], jobs=2)


@pytest.mark.parametrize("damage", ["truncated", "altered", "emptied", "not ours"])
def test_a_damaged_run_is_trained_anew_with_a_message(damage, caplog):
    spec = quick()
    good = runs.get(spec)
    file = runs.path(spec)
    content = bytearray(file.read_bytes())
    if damage == "truncated":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "altered":
        content[-3] ^= 1
        file.write_bytes(content)
    elif damage == "emptied":
        file.write_bytes(b"")
    else:
        save_file({"weights/W1": torch.zeros(1)}, file)
    again = runs.get(spec)
    assert torch.equal(good.weights["W1"], again.weights["W1"])
    assert "damaged" in caplog.text
    assert "trained anew" in caplog.text


def test_a_run_is_kept_whole_or_not_at_all(monkeypatch):
    def torn(tensors, file, metadata):
        file.write_bytes(b"half of it")
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("labcode.runs.store.save_file", torn)
        with pytest.raises(runs.CannotKeep, match="no space"):
            runs.get(quick())
    assert not runs.path(quick()).exists()
    runs.get(quick())
    assert [file.suffix for file in runs.path(quick()).parent.glob("*.partial")] == []


def test_a_full_disk_is_one_clear_message():
    """A limit on the size of a file stands for the full disk: the write itself is refused."""
    runs.path(quick()).parent.mkdir(parents=True)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(runs.CannotKeep, match="Make room there, or set LABCODE_CACHE"):
            runs.get(quick())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not runs.path(quick()).exists()
    runs.get(quick())


def test_a_folder_that_takes_no_file_is_noticed_before_training(tmp_path, monkeypatch):
    (tmp_path / "occupied").write_text("a file, where the cache folder should be")
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path / "occupied"))
    monkeypatch.setattr(CovarianceRunSpec, "train", lambda *_: pytest.fail("trained in vain"))
    with pytest.raises(runs.CannotKeep, match="in which you may write"):
        runs.get(quick())


def test_a_cache_that_may_only_be_read_serves_what_it_has(monkeypatch):
    good = runs.get(quick(0))

    def refuse(*_):
        raise PermissionError("read-only file system")

    monkeypatch.setattr("labcode.runs.store.FileLock", refuse)
    assert torch.equal(runs.get(quick(0)).weights["W1"], good.weights["W1"])
    assert runs.train_missing([quick(0)]) == 0
    with pytest.raises(runs.CannotKeep, match="read-only file system"):
        runs.get(quick(1))


def test_weights_are_stored_as_tensors_alone():
    runs.get(quick())
    assert set(load_file(runs.path(quick()))) >= {"weights/W1", "weights/W2", "history/loss"}


def test_missing_runs_train_in_parallel_and_come_in_order(capfd):
    specs = [quick(seed) for seed in range(4)]
    runs.get(specs[2])
    found = runs.get_all([*specs, specs[0]], jobs=2)
    assert [run.spec.seed for run in found] == [0, 1, 2, 3, 0]
    shown = capfd.readouterr().err
    assert "3/3" in shown and "seed" in shown
    assert runs.train_missing(specs) == 0


SLOW = """
    import sys, time
    from labcode import runs
    from labcode.training.covariance import CovarianceRunSpec
    train = CovarianceRunSpec.train
    def slow(self, device="auto"):
        print("training", flush=True)
        time.sleep({pause})
        return train(self)
    CovarianceRunSpec.train = slow
    for seed in range({seeds}):
        runs.get(CovarianceRunSpec(1, "LBFGS", 5, seed, spectrum=(3.0, 2.0, 1.0)))
        print("done", seed, flush=True)
"""


def start(pause: float, seeds: int) -> subprocess.Popen[str]:
    script = textwrap.dedent(SLOW.format(pause=pause, seeds=seeds))
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    )


def test_after_kill_9_the_finished_runs_are_there_and_the_rest_is_trained(monkeypatch):
    with start(pause=1.0, seeds=3) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "done 0\n":
            pass
        process.send_signal(signal.SIGKILL)
    assert runs.path(quick(0)).exists()
    assert not runs.path(quick(2)).exists()

    trained = []
    real = CovarianceRunSpec.train
    monkeypatch.setattr(
        CovarianceRunSpec,
        "train",
        lambda self, device="auto": trained.append(self.seed) or real(self),
    )
    for seed in range(3):
        runs.get(quick(seed))
    assert 0 not in trained
    assert 2 in trained


def test_two_processes_at_once_train_a_run_once():
    both = [start(pause=1.0, seeds=1) for _ in range(2)]
    output = [process.communicate(timeout=120)[0] for process in both]
    assert all("done 0" in text for text in output)
    assert sum(text.count("training") for text in output) == 1


def test_what_a_killed_process_left_is_cleared(monkeypatch):
    file = runs.path(quick())
    file.parent.mkdir(parents=True)
    abandoned = file.with_name(f"{file.stem}.123456.partial")
    abandoned.write_bytes(b"half")
    runs.get(quick())
    assert not abandoned.exists()


def test_a_spec_that_cannot_be_compared_is_refused():
    spec = RunSpec(model_spec(ShallowAutoencoder, code_size=[2]), epochs=1, seed=0)
    with pytest.raises(TypeError, match="frozen dataclasses"):
        runs.key(spec)


def test_model_of_rebuilds_the_trained_network(network, monkeypatch):
    torch.manual_seed(7)
    trained = network.model.build()
    monkeypatch.setattr(RunSpec, "train", lambda *_: Fit(trained.state_dict(), {}))
    model = runs.model_of(runs.get(network))
    x = torch.rand(2, 1, 28, 28)
    assert torch.equal(model(x), trained(x))
    assert not model.training


IN_A_KERNEL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
sys.modules["ipywidgets"] = None
InteractiveShell.instance(config=Config({"IPKernelApp": {"of": "a notebook"}}))
from labcode.runs.store import tqdm
print(tqdm.__module__)
"""


def test_trial_a_notebook_without_ipywidgets_gets_a_bar_and_no_warning():
    """Before: `TqdmWarning: IProgress not found` came first in a notebook."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", IN_A_KERNEL], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0 and "IProgress" not in done.stderr, done.stderr
    assert done.stdout.strip() in ("tqdm.asyncio", "tqdm.std")


def test_an_estimate_is_printed_before_long_training_and_only_then(
    fashion_mnist, monkeypatch, capsys
):
    short = RunSpec(model_spec(ShallowAutoencoder, code_size=2), 1, 0, DataSpec(100, 0))
    runs.train_missing([short], jobs=1)
    assert "hours" not in capsys.readouterr().err
    monkeypatch.setattr(runs.store, "WORTH_SAYING", 250.0)
    runs.train_missing([replace(short, seed=seed) for seed in (1, 2, 3)], jobs=1)
    said = capsys.readouterr().err
    assert "3 runs to train, about" in said and said.index("hours") < said.index("training:")
