"""A run folder: written by one process, whole at the end or marked unfinished and resumable; never another run's.

    manifest.json   what ran: versions, scenario hash, seed, replicas, platform, time and memory by stage, hashes of
    tables scenario.yaml   the scenario as resolved
    summary.json    the answer
    tables/*.parquet
    blocks/         only while unfinished: the tables of each block of replicas

Every file is written beside its place and renamed into it, so that a kill at any moment leaves no half file.
"""

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from mamori.errors import StoreError
from mamori.language.message import COMMAS, SEMICOLONS, joined, say

ROWS_PER_GROUP = 1 << 16
REPLICAS_AT_ONCE = 512
"""Replicas whose rows are held in memory while blocks are joined."""

Block = tuple[int, int, int]
"""(world, start, stop): the replicas world + worlds * i for start <= i < stop. A block stays in one world, so that a
worker
needs only that world's geometry."""

IDENTITY = ("format", "scenario", "scenario_hash", "seed", "replicas", "worlds", "mamori")
"""What makes two runs the same run: these must be equal before a folder is resumed."""


class RunFolder:
    """One run's folder. `open` starts or resumes it, `add_block` keeps a finished block, `finish` makes it whole."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest
        self._lock: IO[str] | None = None

    @property
    def is_finished(self) -> bool:
        """True once every table is written."""
        return bool(self.manifest.get("status") == "finished")

    @classmethod
    def open(cls, path: Path, identity: Mapping[str, Any], scenario_yaml: str) -> "RunFolder":
        """Start a run here, or take up the same run where it stopped.

        identity: the fields named in `IDENTITY`
        Raises StoreError if the folder holds something else, is in use, or cannot be written.
        """
        with _readable_errors(path):
            if path.exists() and not path.is_dir():
                raise StoreError(say("{path}: is a file. Give another folder with --out.", path=path))
            manifest = _read_manifest(path)
            if manifest is None:
                if path.exists() and not all(map(_is_ours, path.iterdir())):
                    raise StoreError(
                        say(
                            "{path}: holds files that are not a run of mamori. Give an empty or new folder with --out.",
                            path=path,
                        )
                    )
                (path / "blocks").mkdir(parents=True, exist_ok=True)
            else:
                different = [key for key in IDENTITY if manifest[key] != identity[key]]
                if different:
                    told = (
                        say("{name} there {there}, now {now}", name=key, there=str(manifest[key])[:12],
                            now=str(identity[key])[:12])
                        for key in different
                    )  # fmt: skip
                    detail = joined(told, SEMICOLONS)
                    raise StoreError(
                        say(
                            "{path}: holds another run ({detail}). It is not overwritten: give another folder with "
                            "--out, or delete it.",
                            path=path,
                            detail=detail,
                        )
                    )
            folder = cls(path, manifest or {**identity, "status": "unfinished"})
            folder._take_lock()
            if manifest is None:
                folder._write_manifest()
            if not (path / "scenario.yaml").exists():
                _write(path / "scenario.yaml", scenario_yaml.encode())
            return folder

    @classmethod
    def read(cls, path: Path) -> "RunFolder":
        """A run folder that exists, for reading.

        Raises StoreError if there is none or it is unfinished.
        """
        manifest = _read_manifest(path)
        if manifest is None and path.is_file():
            raise StoreError(say("{path}: is a file. Name the folder of a run.", path=path))
        if manifest is None:
            raise StoreError(
                say(
                    "{path}: is not a run folder (no manifest.json). Make one with `mamori run SCENARIO --out {path}`.",
                    path=path,
                )
            )
        folder = cls(path, manifest)
        if not folder.is_finished:
            raise StoreError(
                say("{path}: is unfinished. Finish it with the same `mamori run` command that began it.", path=path)
            )
        return folder

    def close(self) -> None:
        """Give the folder free for others."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> None:
        self._lock = (self.path / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise StoreError(
                say("{path}: another mamori is writing here. Wait for it, or give another --out.", path=self.path)
            ) from error

    def done(self) -> list[Block]:
        """Blocks that are kept, in order."""
        names = sorted(entry.name for entry in (self.path / "blocks").glob("*") if not entry.name.endswith(".part"))
        return [(int(world), int(start), int(stop)) for world, start, stop in (name.split("-") for name in names)]

    def _block_path(self, block: Block) -> Path:
        world, start, stop = block
        return self.path / "blocks" / f"{world:07d}-{start:09d}-{stop:09d}"

    def add_block(self, block: Block, tables: Mapping[str, pa.Table]) -> None:
        """Keep the tables of a block; within each the rows are in order of replicas.

        Raises StoreError if the disk is full; the blocks before stay.
        """
        final = self._block_path(block)
        part = final.with_suffix(".part")
        with _readable_errors(self.path):
            try:
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir(parents=True)
                for name, rows in tables.items():
                    with (
                        pa.OSFile(str(part / f"{name}.arrow"), "wb") as sink,
                        pa.ipc.new_file(sink, rows.schema) as writer,
                    ):
                        writer.write_table(rows)
                part.rename(final)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise

    def rows(self, name: str) -> Iterator[pa.Table]:
        """One table's rows from all blocks in order of replicas, some replicas at a time."""
        worlds = int(self.manifest["worlds"])
        spans = [
            (world + worlds * start, world + worlds * (stop - 1) + 1, self._block_path((world, start, stop)))
            for world, start, stop in self.done()
        ]
        for first in range(0, max((last for _, last, _ in spans), default=0), REPLICAS_AT_ONCE):
            last = first + REPLICAS_AT_ONCE
            here = [_between(path / f"{name}.arrow", first, last) for a, b, path in spans if a < last and b > first]
            if here:
                rows = pa.concat_tables(here)
                yield rows.take(np.argsort(rows["replica"].to_numpy(), kind="stable"))

    def write_tables(self, names: list[str]) -> None:
        """Join the blocks into `tables/NAME.parquet`, in order of replicas: the same bytes whatever the blocks were.

        Row groups are cut at fixed counts of rows, so memory does not grow with the number of replicas.
        """
        with _readable_errors(self.path):
            (self.path / "tables").mkdir(exist_ok=True)
            hashes = {}
            for name in names:
                target = self.path / "tables" / f"{name}.parquet"
                rows = _join(self.rows(name), target.with_suffix(".part"))
                target.with_suffix(".part").replace(target)
                hashes[name] = {"rows": rows, "sha256": _sha256(target)}
            self.manifest["tables"] = hashes

    def finish(self, summary: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Write the summary, complete the manifest and drop the blocks: from here on the run is whole."""
        with _readable_errors(self.path):
            _write(self.path / "summary.json", json.dumps(summary, indent=1).encode())
            self.manifest.update(facts)
            self.manifest["status"] = "finished"
            self._write_manifest()
            shutil.rmtree(self.path / "blocks", ignore_errors=True)

    def note(self, facts: Mapping[str, Any]) -> None:
        """Add facts to the manifest of an unfinished run (time spent so far)."""
        with _readable_errors(self.path):
            self.manifest.update(facts)
            self._write_manifest()

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """One table of a finished run; only some columns of it where they are named.

        Raises StoreError if there is none of that name or it cannot be read.
        """
        file = self.path / "tables" / f"{name}.parquet"
        if not file.is_file():
            known = joined(sorted(p.stem for p in (self.path / "tables").glob("*.parquet")), COMMAS)
            raise StoreError(say("{file}: no such table. This run has {known}.", file=file, known=known))
        try:
            return pa.parquet.read_table(file, columns=None if columns is None else list(columns))
        except pa.ArrowException as error:
            raise StoreError(
                say(
                    "{file}: cannot be read ({reason}). Run the scenario again into a new folder.",
                    file=file,
                    reason=str(error),
                )
            ) from error

    def summary(self) -> dict[str, Any]:
        """The content of summary.json."""
        try:
            return dict(json.loads((self.path / "summary.json").read_text()))
        except (OSError, ValueError) as error:
            raise StoreError(
                say("{file}: cannot be read ({reason}).", file=self.path / "summary.json", reason=str(error))
            ) from error

    def _write_manifest(self) -> None:
        _write(self.path / "manifest.json", json.dumps(self.manifest, indent=1).encode())


def _between(file: Path, first: int, last: int) -> pa.Table:
    """The rows of a block's table whose replica is at least first and below last."""
    with pa.memory_map(str(file)) as source:
        rows = pa.ipc.open_file(source).read_all()
        start, stop = np.searchsorted(rows["replica"].to_numpy(), [first, last])
        return rows.slice(start, stop - start)


def _join(blocks: Iterator[pa.Table], target: Path) -> int:
    writer: pa.parquet.ParquetWriter | None = None
    waiting: list[pa.Table] = []
    n_waiting = n_rows = 0
    try:
        for block in blocks:
            writer = writer or pa.parquet.ParquetWriter(target, block.schema, compression="zstd")
            waiting.append(block)
            n_waiting += block.num_rows
            while n_waiting >= ROWS_PER_GROUP:
                rows = pa.concat_tables(waiting).combine_chunks()
                writer.write_table(rows.slice(0, ROWS_PER_GROUP).combine_chunks(), row_group_size=ROWS_PER_GROUP)
                waiting = [rows.slice(ROWS_PER_GROUP)]
                n_waiting -= ROWS_PER_GROUP
                n_rows += ROWS_PER_GROUP
        if writer is not None and (n_waiting or not n_rows):
            writer.write_table(pa.concat_tables(waiting).combine_chunks(), row_group_size=ROWS_PER_GROUP)
    finally:
        if writer is not None:
            writer.close()
    return n_rows + n_waiting


def _read_manifest(path: Path) -> dict[str, Any] | None:
    file = path / "manifest.json"
    try:
        manifest = json.loads(file.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise StoreError(
            say("{file}: cannot be read ({reason}). Give another folder.", file=file, reason=str(error))
        ) from error
    if not isinstance(manifest, dict) or not {*IDENTITY, "status"} <= manifest.keys():
        raise StoreError(say("{file}: is not the manifest of a run. Give another folder.", file=file))
    return manifest


def _is_ours(entry: Path) -> bool:
    """Whether a run that was stopped before it wrote its manifest has left this."""
    return entry.name in (".lock", "manifest.json.part") or (entry.name == "blocks" and not any(entry.iterdir()))


def _write(file: Path, data: bytes) -> None:
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as sink:
            sink.write(data)
            sink.flush()
            os.fsync(sink.fileno())
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


@contextmanager
def _readable_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreError(
                say(
                    "{path}: the disk is full. Finished replicas are kept: free some space and give the same "
                    "command again.",
                    path=path,
                )
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StoreError(
                say(
                    "{path}: no permission to write ({reason}). Give another folder with --out.",
                    path=path,
                    reason=error.strerror,
                )
            ) from error
        raise StoreError(
            say("{path}: {reason}. Give another folder with --out.", path=path, reason=error.strerror or error)
        ) from error
