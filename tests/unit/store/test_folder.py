"""A run folder is whole or resumable, and never another run's."""

import errno
import json
import os

import numpy as np
import pyarrow as pa
import pytest

from mamori.errors import StoreError
from mamori.store import folder as folder_module
from mamori.store.folder import IDENTITY, RunFolder
from mamori.store.tables import TABLES, table

ME = {**{name: name for name in IDENTITY}, "worlds": 3}


def rows(world, start, stop, per_replica=3, worlds=3):
    """Rows of a block; replica r has `per_replica` rows whose numbers tell which they are."""
    replica = np.repeat(np.arange(world + worlds * start, world + worlds * stop, worlds, dtype=np.int32), per_replica)
    x = (per_replica * replica + np.tile(np.arange(per_replica), stop - start)).astype(np.float64)
    n = len(x)
    columns = {
        "replica": replica,
        "asset": [f"bus:{i}" for i in x.tolist()],
        "crew": ["a"] * n,
        "start_h": np.where(x % 7 == 0, np.nan, x),
        "end_h": x + 1,
        "spare": [None] * n,
    }
    return table("repairs", columns)


def written(path, cuts, monkeypatch, per_group=1000):
    monkeypatch.setattr(folder_module, "ROWS_PER_GROUP", per_group)
    folder = RunFolder.open(path, ME, "name: x")
    for cut in cuts:
        folder.add_block(cut, {"repairs": rows(*cut)})
    folder.write_tables(["repairs"])
    folder.finish({"a": 1}, {"spent": {}})
    folder.close()
    return folder


def test_same_bytes_whatever_the_blocks_and_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "REPLICAS_AT_ONCE", 77)
    one = written(tmp_path / "a", [(0, 0, 300), (1, 0, 300), (2, 0, 300)], monkeypatch)
    cuts = [(1, 200, 300), (0, 0, 1), (2, 0, 300), (1, 0, 200), (0, 7, 300), (0, 1, 7)]
    many = written(tmp_path / "b", cuts, monkeypatch)
    assert one.manifest["tables"] == many.manifest["tables"]
    assert one.manifest["tables"]["repairs"]["rows"] == 2700
    found = RunFolder.read(tmp_path / "b").table("repairs")
    assert found["end_h"].to_pylist() == [float(x) for x in range(1, 2701)]
    assert found["start_h"].null_count == 386
    assert pa.parquet.ParquetFile(tmp_path / "a" / "tables" / "repairs.parquet").num_row_groups == 3


def test_unfinished_is_resumed_and_not_read(tmp_path):
    folder = RunFolder.open(tmp_path / "r", ME, "name: x")
    folder.add_block((1, 5, 10), {"repairs": rows(1, 5, 10)})
    folder.close()
    with pytest.raises(StoreError, match="unfinished"):
        RunFolder.read(tmp_path / "r")
    again = RunFolder.open(tmp_path / "r", ME, "name: x")
    assert again.done() == [(1, 5, 10)]
    again.close()


def test_half_written_block_does_not_count(tmp_path):
    folder = RunFolder.open(tmp_path / "r", ME, "name: x")
    (tmp_path / "r" / "blocks" / "0000000-000000000-000000005.part").mkdir()
    assert folder.done() == []
    folder.close()


@pytest.mark.parametrize("name", IDENTITY)
def test_another_run_is_never_overwritten(tmp_path, name):
    RunFolder.open(tmp_path / "r", ME, "name: x").close()
    with pytest.raises(StoreError, match=f"another run.*{name}"):
        RunFolder.open(tmp_path / "r", {**ME, name: "other"}, "name: y")
    assert (tmp_path / "r" / "scenario.yaml").read_text() == "name: x"


def test_foreign_files_are_never_overwritten(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="not a run"):
        RunFolder.open(tmp_path, ME, "name: x")
    assert list(tmp_path.iterdir()) == [tmp_path / "notes.txt"]
    with pytest.raises(StoreError, match="is a file"):
        RunFolder.open(tmp_path / "notes.txt", ME, "name: x")


def test_two_writers_at_once_are_refused(tmp_path):
    first = RunFolder.open(tmp_path / "r", ME, "name: x")
    with pytest.raises(StoreError, match="another mamori"):
        RunFolder.open(tmp_path / "r", ME, "name: x")
    first.close()
    RunFolder.open(tmp_path / "r", ME, "name: x").close()


def test_full_disk_keeps_finished_blocks(tmp_path, monkeypatch):
    folder = RunFolder.open(tmp_path / "r", ME, "name: x")
    folder.add_block((0, 0, 5), {"repairs": rows(0, 0, 5)})

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(folder_module.pa, "OSFile", full)
    with pytest.raises(StoreError, match=r"disk is full.*kept"):
        folder.add_block((1, 5, 10), {"repairs": rows(1, 5, 10)})
    assert folder.done() == [(0, 0, 5)]
    assert not list((tmp_path / "r" / "blocks").glob("*.part"))
    folder.close()


def test_no_permission(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(folder_module.Path, "mkdir", refused)
    with pytest.raises(StoreError, match=r"no permission.*--out"):
        RunFolder.open(tmp_path / "r", ME, "name: x")


def test_broken_manifest_and_missing_run(tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match="cannot be read"):
        RunFolder.read(tmp_path)
    with pytest.raises(StoreError, match="not a run folder"):
        RunFolder.read(tmp_path / "nothing")


def test_every_table_begins_with_the_replica():
    for columns in TABLES.values():
        assert columns[0].name == "replica"
        assert len({c.name for c in columns}) == len(columns)
        assert all(c.meaning for c in columns)


def test_manifest_is_json(tmp_path):
    RunFolder.open(tmp_path / "r", ME, "name: x").close()
    assert json.loads((tmp_path / "r" / "manifest.json").read_text())["status"] == "unfinished"
