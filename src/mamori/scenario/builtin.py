"""The scenarios that come with mamori, one folder each."""

from pathlib import Path

FOLDER = Path(__file__).parent / "builtin"


def builtin_names() -> tuple[str, ...]:
    """Names of the built-in scenarios, sorted."""
    return tuple(sorted(file.parent.name for file in FOLDER.glob("*/scenario.yaml")))


def builtin_file(name: str) -> Path:
    """The scenario file of a built-in scenario, whether or not it is there."""
    return FOLDER / name / "scenario.yaml"


def builtin_titles() -> dict[str, str]:
    """One line about each built-in scenario, by name."""
    from mamori.scenario.document import read

    return {name: str(read(builtin_file(name)).get("title", "")) for name in builtin_names()}
