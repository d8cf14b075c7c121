"""A lab on any data set: trains, and writes one HTML report that loads nothing, and tables.

The report is written as soon as the closed forms are known, and again after each kind of network.
Runs are kept under their keys: a lab that was stopped goes on where it was.
"""

import csv
import html
import io
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

import numpy as np
import torch
import xarray as xr
from matplotlib.figure import Figure
from torch import Tensor

from labcode import data, runs
from labcode.baselines.pca import principal_components
from labcode.baselines.wiener import wiener_restored
from labcode.claims import own_data as rule
from labcode.claims.rules import RULES
from labcode.data.corruption import noisy
from labcode.data.own import OwnData
from labcode.designs.contrast import over_seeds
from labcode.designs.design import Design, Level
from labcode.experiments import own_data as experiments
from labcode.experiments.own_data import LabProfile
from labcode.figures import own_data as figures
from labcode.figures.source_data import as_csv
from labcode.scores import any_shape
from labcode.training.networks import RunSpec

REPORT = "report.html"
SHOWN = 20
EACH = 3


@dataclass(frozen=True)
class Page:
    """A section of the report: its title, and HTML."""

    title: str
    body: str


def lab(
    profile: LabProfile,
    folder: Path,
    *,
    own: OwnData | None = None,
    jobs: int | None = None,
    device: str = "auto",
    say: Callable[[str], None] = print,
) -> Path:
    """Run a lab on the data set of a profile.

    Parameters
    ----------
    profile : LabProfile
        With one data set.
    folder : Path
        Gets the report and the tables; made if need be.
    own : OwnData, optional
        What is known of data that were taken in.
    jobs, device
        As in `labcode.runs.get_all`.
    say : function
        Is told what has been written.

    Returns
    -------
    Path
        Of the report.
    """
    [dataset] = profile.datasets
    folder.mkdir(parents=True, exist_ok=True)
    pages = [_of_data(profile, dataset, own), _of_pca(profile, dataset, folder)]
    later = {
        "Autoencoders": (
            [experiments.autoencoder_rates, experiments.autoencoders],
            _of_autoencoders,
        ),
        "Noise": ([experiments.denoisers], _of_noise),
        "Likelihoods": ([experiments.variational_rates, experiments.variational], _of_likelihoods),
        "Verdicts": ([], _of_verdicts),
    }
    _write(pages, dataset, folder, list(later))
    say(f"{folder / REPORT}: data and closed forms.")
    for place, (title, (designs, make)) in enumerate(later.items(), start=1):
        _train(designs, profile, jobs, device)
        pages.append(make(profile, dataset, folder))
        _write(pages, dataset, folder, list(later)[place:])
        say(f"{folder / REPORT}: {title.lower()}.")
    return folder / REPORT


def _train(designs: Sequence[Design], profile: LabProfile, jobs: int | None, device: str) -> None:
    for design in designs:
        runs.train_missing(design.specs(profile), jobs, device)


# Sections


def _of_data(profile: LabProfile, dataset: str, own: OwnData | None) -> Page:
    test = data.load(profile.data(dataset)).test.pixels
    facts = {
        "data set": dataset,
        "training items": str(profile.train),
        "validation items": str(profile.validation),
        "test items": str(len(test)),
        "shape of an item": " x ".join(map(str, test.shape[1:])),
    }
    if own:
        facts |= {
            "how test items were chosen": own.split,
            "test items that equal a training item": str(own.duplicates),
            "classes": f"{len(own.classes)}" if own.classes else "no labels",
        }
        if own.units:
            facts["units"] = own.units
    facts |= {
        "networks of each kind": str(len(profile.seeds)),
        "epochs": str(profile.epochs),
        "learning rates tried": ", ".join(f"{rate:g}" for rate in profile.rates),
        "numbers in a code": ", ".join(map(str, profile.code_sizes)),
    }
    shown = _figure(figures.items(test[:SHOWN].numpy()), "The first test items.")
    return Page("Data", _facts(facts) + shown)


def _of_pca(profile: LabProfile, dataset: str, folder: Path) -> Page:
    forms = experiments.closed_forms(profile, dataset)
    _csv(folder / "spectrum.csv", spectrum=forms.spectrum)
    _csv(folder / "pca-by-code-size.csv", test_mse=forms.floor)
    held = forms.spectrum.cumsum() / forms.spectrum.sum()
    floors = forms.floor.sel(code_size=list(profile.code_sizes)).values
    facts = {
        f"PCA with {k} numbers": f"{held[k - 1].item():.1%} of the variance; MSE {error:.3g}"
        for k, error in zip(profile.code_sizes, floors, strict=True)
    } | {
        f"Wiener filter at noise {profile.noise:g}": (
            f"MSE {forms.wiener:.3g} on test items, {forms.wiener_train:.3g} on training items"
        ),
        "probabilistic PCA": f"log-likelihood {forms.log_likelihood:.2f} nats a test item",
    }
    return Page(
        "What needs no network",
        "<p>No affine map with as many numbers has a smaller error on the training items than PCA, "
        "and no linear filter leaves less noise than Wiener's.</p>"
        + _facts(facts)
        + _figure(figures.spectrum(forms.spectrum), "Variance along each component."),
    )


def _of_autoencoders(profile: LabProfile, dataset: str, folder: Path) -> Page:
    table = experiments.autoencoders.table(profile).sel(dataset=dataset)
    _csv(folder / "autoencoders.csv", table=table)
    forms = experiments.closed_forms(profile, dataset)
    rows = {
        f"{kind}, {k}": f"{over_seeds(table.test_mse.sel(code_size=k, layers=kind)):.3g}"
        for k in profile.code_sizes
        for kind in table.layers.values.tolist()
    }
    return Page(
        "Autoencoders beside PCA, at equal code",
        _table(("network, numbers", "test MSE, 95% interval over seeds"), rows.items())
        + _figure(figures.errors(forms.floor, table.test_mse), "Test error by size of the code.")
        + _reconstructions(profile, dataset),
    )


def _reconstructions(profile: LabProfile, dataset: str) -> str:
    """Best, typical and worst test items of the network with the lowest error."""
    k, seed = profile.code_sizes[-1], profile.seeds[0]
    means = experiments.autoencoders.table(profile).test_mse.sel(dataset=dataset, code_size=k)
    layers = means.layers.values.tolist()
    specs = {
        kind: _network(
            experiments.autoencoders, profile, dataset=dataset, code_size=k, layers=kind, seed=seed
        )
        for kind in layers
    }
    best = layers[int(np.argmin(means.mean("seed").values))]
    ranked = np.argsort(any_shape.item_errors(specs[best]).values)
    middle = len(ranked) // 2
    places = [*ranked[:EACH], *ranked[middle : middle + EACH], *ranked[-EACH:]]
    spec = profile.data(dataset)
    x = data.load(spec).test.pixels[torch.from_numpy(np.array(places))]
    rows = {"item": x.numpy(), "PCA": _by_pca(x, spec, k)}
    rows |= {kind: any_shape.given_back(specs[kind], x).numpy() for kind in layers}
    names = [f"{word}" for word in ("best", "typical", "worst") for _ in range(EACH)]
    return _figure(
        figures.beside(rows, names[: len(places)]),
        f"Test items that the {best} autoencoder gives back best, typically and worst, "
        f"with {k} numbers.",
    )


def _network(design: Design, profile: LabProfile, **levels: Level) -> RunSpec:
    spec = design.spec(profile, **levels)
    assert isinstance(spec, RunSpec)
    return spec


def _by_pca(x: Tensor, spec: data.DataSpec, k: int) -> np.ndarray:
    flat = x.flatten(1).double().numpy()
    return principal_components(spec).reconstruct(flat, k).reshape(x.shape)


def _of_noise(profile: LabProfile, dataset: str, folder: Path) -> Page:
    table = experiments.denoisers.table(profile).sel(dataset=dataset)
    _csv(folder / "denoisers.csv", table=table)
    forms, spec = experiments.closed_forms(profile, dataset), profile.data(dataset)
    rows = {"Wiener filter": f"{forms.wiener:.3g}"}
    shown = noisy(data.load(spec).test.pixels, profile.noise)[: 2 * EACH]
    x = data.load(spec).test.pixels[: 2 * EACH]
    restored = wiener_restored(shown.flatten(1).double().numpy(), profile.noise, spec)
    pictures = {
        "clean": x.numpy(), "noisy": shown.numpy(), "Wiener": restored.reshape(x.shape)
    }  # fmt: skip
    for kind in table.layers.values.tolist():
        rows[kind] = f"{over_seeds(table.test_mse.sel(layers=kind)):.3g}"
        network = _network(
            experiments.denoisers, profile, dataset=dataset, layers=kind, seed=profile.seeds[0]
        )
        pictures[kind] = any_shape.given_back(network, shown).numpy()
    return Page(
        f"Noise of standard deviation {profile.noise:g}",
        _table(("denoiser", "test MSE, 95% interval over seeds"), rows.items())
        + _figure(figures.beside(pictures, [""] * len(x)), "Noisy test items, and what is left."),
    )


def _of_likelihoods(profile: LabProfile, dataset: str, folder: Path) -> Page:
    table = experiments.likelihoods(profile, dataset)
    _csv(folder / "likelihoods.csv", table=table)
    forms = experiments.closed_forms(profile, dataset)
    k, fixed = profile.code_sizes[-1], experiments.FIXED_VAE
    rows = [
        ("probabilistic PCA, exact", f"{forms.log_likelihood:.2f}", str(k)),
        *(
            (
                f"{kind}, ELBO",
                f"{over_seeds(table.elbo.sel(model=kind)):.2f}",
                f"{over_seeds(table.active.sel(model=kind)):.1f}",
            )
            for kind in table.model.values.tolist()
        ),
    ]
    level = table.variance.sel(model=fixed)[0].item()
    return Page(
        "Likelihoods",
        f"<p>Codes of {profile.code_sizes[-1]} numbers, a Gaussian likelihood with one variance. "
        "An ELBO is a lower bound, so a VAE below probabilistic PCA may still be above it. At its "
        f"optimum a linear VAE with the variance {level:.3g} uses {forms.active} units.</p>"
        + _table(("model", "nats a test item", "units in use"), rows),
    )


def _of_verdicts(profile: LabProfile, dataset: str, folder: Path) -> Page:
    asked = experiments.questions(profile, dataset)
    decided = experiments.outcomes(profile, asked)
    rows = [
        (question.words, _yes_or_no(str(decided[name])), question.shown)
        for name, question in asked.items()
    ]
    well, numbers = experiments.does_well(profile, dataset)
    lines = [("question", "verdict", "numbers"), *rows, ("C11", str(well), numbers)]
    with (folder / "verdicts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return Page(
        "Verdicts",
        _table(("question", "answer", "numbers, with 95% interval"), rows)
        + f"<p>The rule: {html.escape(rule.RULE)}</p>"
        + _table(
            ("the book's claim", "verdict", "numbers"),
            [("C11: the plain autoencoder does well", str(well), numbers)],
        )
        + f"<p>The rule of C11: {html.escape(RULES['C11'].words)}</p>",
    )


def _yes_or_no(outcome: str) -> str:
    return {"holds": "yes", "does not hold": "no"}.get(outcome, outcome)


# HTML


def _write(pages: Sequence[Page], dataset: str, folder: Path, waiting: Sequence[str]) -> None:
    """Put the report in its place whole: a browser may read it meanwhile."""
    body = "".join(f"<section><h2>{html.escape(p.title)}</h2>{p.body}</section>" for p in pages)
    if waiting:
        body += f"<p class='waiting'>Still to come: {', '.join(waiting).lower()}.</p>"
    template = (files("labcode.instruments") / "lab.html").read_text("utf-8")
    text = Template(template).substitute(title=html.escape(dataset), body=body)
    partial = folder / f".{REPORT}.partial"
    partial.write_text(text, "utf-8")
    os.replace(partial, folder / REPORT)


def _figure(figure: Figure, caption: str) -> str:
    """A figure inside the page, without the references that a file of its own would have."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, dpi=150)
    svg = file.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.S)
    words = html.escape(caption, quote=True)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{words}" ', 1)
    return f"<figure>{svg}<figcaption>{words}</figcaption></figure>"


def _facts(facts: Mapping[str, str]) -> str:
    return _table((), facts.items())


def _table(header: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    lines = []
    if header:
        cells = "".join(f"<th scope='col'>{html.escape(cell)}</th>" for cell in header)
        lines.append(f"<tr>{cells}</tr>")
    for first, *rest in rows:
        cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in rest)
        lines.append(f"<tr><th scope='row'>{html.escape(first)}</th>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _csv(file: Path, **numbers: xr.DataArray | xr.Dataset) -> None:
    file.write_text(as_csv(numbers), "utf-8")
