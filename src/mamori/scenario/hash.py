"""One text that tells two scenarios apart."""

import hashlib
import json
from pathlib import Path
from typing import Any

from mamori.scenario.schema import Scenario


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256 of the scenario, 64 hexadecimal digits.

    Two scenarios have the same one if all that they say of the raid and the country is the same, classes included. What
    they were built on, where their data files lie and which protective measures are to be ranked does not count; what
    stands in the data files does.
    """
    left_out: Any = {"built_on": True, "protective_measures": True, "run": {"protection_replicas"}}
    data = scenario.model_dump(mode="json", by_alias=True, exclude=left_out)
    text = json.dumps(_by_content(data), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _by_content(item: Any) -> Any:
    if isinstance(item, dict):
        return {
            name: _digest(entry) if name.endswith(("_file", "case")) and isinstance(entry, str) else _by_content(entry)
            for name, entry in item.items()
        }
    return [_by_content(entry) for entry in item] if isinstance(item, list) else item


def _digest(path: str) -> str:
    """What stands in a file, or in the tables of a folder; the text itself where it is no path."""
    place = Path(path)
    files = (
        [place] if place.is_file() else sorted(place.rglob("*.csv")) if place.is_absolute() and place.is_dir() else []
    )
    if not files:
        return path
    content = hashlib.sha256()
    for file in files:
        content.update(f"{file.relative_to(place)}\0".encode() if file != place else b"")
        content.update(hashlib.sha256(file.read_bytes()).digest())
    return content.hexdigest()
