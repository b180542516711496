"""Files for the tests of the loader."""

from collections.abc import Callable
from pathlib import Path

import pytest

MINIMAL = """\
schema_version: 1
name: small
raid:
  variants:
  - id: one
    groups: []
"""

COUNTRY = (
    MINIMAL
    + """\
world:
  districts:
  - {id: north, latitude_deg: 34.0, longitude_deg: 139.0, people: 1000, radius_m: 3000, bus: 101}
  - {id: south, latitude_deg: 33.0, longitude_deg: 139.0, people: 2000, radius_m: {low: 2000, high: 4000}, bus: 102}
sensing:
  sensors:
  - {id: eye, class: surveillance-radar-notional, latitude_deg: 34.0, longitude_deg: 139.0}
defence:
  command_posts:
  - {id: post, latitude_deg: 34.0, longitude_deg: 139.1}
  batteries:
  - {id: first, class: area-defence-notional, latitude_deg: 34.0, longitude_deg: 139.2, command_post: post}
  - {id: second, class: gun-post-notional, latitude_deg: 34.1, longitude_deg: 139.2, sensors: [eye], magazine: 7}
"""
)

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file into the test's folder and gives its path."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def minimal() -> str:
    return MINIMAL


@pytest.fixture
def country() -> str:
    return COUNTRY
