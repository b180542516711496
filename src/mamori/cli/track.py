"""`mamori track`: from measurements to tracks."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mamori.cli.reader import Code, speaking
from mamori.language.message import say

if TYPE_CHECKING:
    from mamori.tracking.plots.files import Measured
    from mamori.tracking.plots.model import Rules

SETTLED = 10


class Filter(StrEnum):
    """Kinds of filter."""

    IMM = "imm"
    EKF = "ekf"
    UKF = "ukf"


class Association(StrEnum):
    """Ways to share plots out among tracks."""

    JPDA = "jpda"
    GNN = "gnn"


class Management(StrEnum):
    """Ways to tell a track from chance."""

    EXISTENCE = "existence"
    M_OF_N = "m-of-n"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(track)


def track(
    measurements: Annotated[Path, typer.Argument(help="NPZ, or CSV with --sensors.")],
    truth_file: Annotated[
        Path | None, typer.Argument(help="NPZ with the truth, if it is not in the file itself.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the tracks go: .npz or .csv.")] = None,
    sensors: Annotated[Path | None, typer.Option(metavar="FILE", help="CSV of the sensors.")] = None,
    kind: Annotated[
        Filter,
        typer.Option("--filter", help="imm: several models; ekf, ukf: the straight one alone; or --models."),
    ] = Filter.IMM,
    association: Annotated[
        Association, typer.Option(help="jpda: joint chances of all pairs; gnn: the one best assignment.")
    ] = Association.JPDA,
    management: Annotated[
        Management, typer.Option(help="existence: by the chance that there is a target; m-of-n: by hits and misses.")
    ] = Management.EXISTENCE,
    models: Annotated[
        str, typer.Option(metavar="NAMES", help="Motion models with commas: calm, straight, turn, boost, fall.")
    ] = "",
    gate: Annotated[float, typer.Option(help="Mahalanobis distance within which a plot may be a track's.")] = 4.0,
    confirm: Annotated[str, typer.Option(metavar="M/N", help="Hits that confirm a track (m-of-n).")] = "4/8",
    ground_m: Annotated[float, typer.Option(help="Height of the ground where things come down.")] = 0.0,
    truth: Annotated[bool, typer.Option("--truth", help="Score the tracks against the truth.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    code: Code = "",
) -> None:
    """Follow the targets behind plots: tracks with covariance, model chances and predicted impact."""
    import time

    from mamori.errors import CaseError, Fault
    from mamori.tracking.plots.files import read_truth
    from mamori.tracking.plots.impact import impacts
    from mamori.tracking.plots.score import score
    from mamori.tracking.plots.tracker import track as follow

    measured = _read(measurements, sensors)
    rules = _rules(kind, association, management, models, gate, confirm, measured.is_earth)
    if out is not None and out.suffix.lower() not in (".npz", ".csv"):
        raise CaseError(Fault("--out", str(out), say("must end in .npz or .csv")))
    told = measured.truth
    if truth_file is not None:
        told = read_truth(truth_file)
    elif truth and told is None:
        remedy = say("Name a file that has the truth after --truth.")
        raise CaseError(Fault(f"{measurements.name}: truth", "", say("is missing"), remedy))
    start = time.process_time()
    found = follow(measured.plots, measured.sensors, rules)
    cpu_s = time.process_time() - start
    predicted = impacts(found, rules.motions, is_earth=measured.is_earth, ground_m=ground_m)
    if out is not None:
        _write(out, found, rules, predicted, measured.is_earth)
    answer: dict[str, Any] = {
        "scans": len(measured.plots.scan_s),
        "plots": len(measured.plots.z),
        "tracks": len(set(found.track_id.tolist())),
        "impacts": len(set(found.track_id[predicted.row].tolist())),
        "cpu_s": round(cpu_s, 4),
    }
    if told is not None and (truth or truth_file is not None):
        answer["all"] = asdict(score(told, found))
        answer["settled"] = asdict(score(told, found, skip=SETTLED))
    if as_json:
        typer.echo(json.dumps(answer))
        return
    reader = speaking(code)
    found_all = say(
        "{plots:,} plots in {scans:,} scans: {tracks:,} tracks, {impacts:,} of them with an impact foreseen.", **answer
    )
    typer.echo(reader.text(found_all))
    for name, when in (("all", say("all scans")), ("settled", say("after {n} scans", n=SETTLED))):
        if name in answer:
            typer.echo(reader.text(_scored(when, answer[name])))


def _scored(when: str, scored: dict[str, Any]) -> str:
    nan = float("nan")
    numbers = {key: nan if value is None else value for key, value in scored.items()}
    return say(
        "{when}: OSPA {ospa_mean:.2f} m, GOSPA {gospa_mean:.1f} m, missed {missed_mean:.3f} and false {false_mean:.3f} "
        "a scan, position {loc_rmse:.1f} m, {id_switches} changes of id, NEES {nees:.2f} of 6.",
        when=when,
        **numbers,
    )


def _read(measurements: Path, sensors: Path | None) -> "Measured":
    from mamori.errors import CaseError, Fault
    from mamori.tracking.plots.files import read_npz
    from mamori.tracking.plots.tables import read_csv

    if measurements.suffix.lower() == ".npz":
        return read_npz(measurements)
    if measurements.suffix.lower() != ".csv":
        raise CaseError(Fault("MEASUREMENTS", str(measurements), say("must end in .npz or .csv")))
    if sensors is None:
        raise CaseError(Fault("--sensors", "", say("is missing"), say("Give the CSV of the sensors.")))
    return read_csv(measurements, sensors)


def _rules(
    kind: Filter, association: Association, management: Management, models: str, gate: float, confirm: str,
    is_earth: bool,
) -> "Rules":  # fmt: skip
    from mamori.errors import CaseError, Fault
    from mamori.tracking.plots.model import USUAL, Rules, interacting

    usual = USUAL if kind == Filter.IMM else ("straight",)
    names = tuple(name.strip() for name in models.split(",")) if models else usual
    faults = []
    if not 0.0 < gate < float("inf"):
        faults.append(Fault("--gate", f"{gate:g}", say("must be above 0")))
    hits, _, of = confirm.partition("/")
    m, n = (int(part) if part.isdigit() else 0 for part in (hits, of))
    if not 1 <= m <= n <= 60:
        faults.append(Fault("--confirm", confirm, say("must be M/N with 1 <= M <= N <= 60"), say("Give 4/8.")))
    if faults:
        raise CaseError(faults)
    return Rules(
        interacting(names), is_unscented=kind == Filter.UKF, is_joint=association == Association.JPDA,
        by_existence=management == Management.EXISTENCE, gate=gate, m=m, n=n, is_earth=is_earth,
    )  # fmt: skip


def _write(out: Path, found: Any, rules: "Rules", predicted: Any, is_earth: bool) -> None:
    from mamori.store.export import whole
    from mamori.tracking.plots.files import write_npz
    from mamori.tracking.plots.tables import write_csv

    def into(part: Path) -> int:
        if out.suffix.lower() == ".npz":
            write_npz(part, found, rules.motions.names, predicted)
        else:
            write_csv(part, found, predicted, is_earth=is_earth)
        return len(found.scan)

    whole(out, into)
