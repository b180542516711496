"""A file that appears whole or not at all."""

from contextlib import suppress
from pathlib import Path

from mamori.errors import StoreError
from mamori.language.message import say


def keep(data: bytes, file: Path, option: str = "--out") -> None:
    """Write a file. option: how another one is named. Raises StoreError if it cannot be written."""
    part = file.with_name(file.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(
            say(
                "{file}: cannot be written ({why}). Give another file with {option}.",
                file=file, why=error.strerror or error, option=option,
            )
        ) from error  # fmt: skip
