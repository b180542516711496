"""`python -m mamori.cli` is the command `mamori`."""

from mamori.cli import main

main()
