"""Folders of tables for the tests of import, and what the import says of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mamori.errors import FaultsError
from mamori.scenario.imports.run import Imported, import_tables
from mamori.scenario.load import load
from mamori.scenario.schema import Scenario


@pytest.fixture(scope="session")
def country() -> Scenario:
    """night-raid, whose tables are written and read back."""
    return load("night-raid")


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes files into a folder of tables and gives it."""

    def written(**files: str | bytes) -> Path:
        path = tmp_path / "tables"
        path.mkdir(exist_ok=True)
        for name, text in files.items():
            stem, _, ending = name.rpartition("_")
            file = path / f"{stem}.{ending}"
            if isinstance(text, bytes):
                file.write_bytes(text)
            else:
                file.write_text(text, encoding="utf-8", newline="")
        return path

    return written


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Imported]:
    """Imports a folder."""

    def done(folder: Path, **options: Any) -> Imported:
        return import_tables(folder, tmp_path / "out", **options)

    return done


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., list[str]]:
    """Imports a folder that must not load; the faults in words. Nothing may have been written."""

    def faults(folder: Path, **options: Any) -> list[str]:
        with pytest.raises(FaultsError) as caught:
            import_tables(folder, tmp_path / "out", **options)
        assert not (tmp_path / "out").exists()
        assert sorted(path.name for path in tmp_path.iterdir()) in ([folder.name], ["tables"])
        return [str(fault) for fault in caught.value.faults]

    return faults
