"""What people read is a message: no text of an error is written where no catalogue finds it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mamori

SOURCE = Path(mamori.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
ERRORS = {"MamoriError", "SolverError", "StoreError", "QueryError", "StoppedError"}
WITH_FAULTS = {"ScenarioError", "CaseError", "UnreadableError"}
TEXTS = {"rule", "remedy", "hint"}
WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|\b(row|column|line|entry|Page|Wrote)\b")
"""What tells a text from names of fields, commands and files with signs between, which stay as they are."""


def bare(node: ast.expr) -> Iterator[ast.expr]:
    """Literals, f-strings and texts put together by hand, of which the expression may be one."""
    if isinstance(node, ast.IfExp):
        yield from bare(node.body)
        yield from bare(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from bare(value)
    elif (isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value) or isinstance(
        node, ast.JoinedStr | ast.BinOp
    ):
        yield node


def words(node: ast.expr) -> Iterator[ast.expr]:
    """Those with words of their own."""
    for found in bare(node):
        parts = found.values if isinstance(found, ast.JoinedStr) else ast.walk(found)
        if WORDS.search("".join(str(part.value) for part in parts if isinstance(part, ast.Constant))):
            yield found


def found_in(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(at, ast.Name) and at.id in TEXTS for at in node.targets):
            yield from words(node.value)
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name == "Fault":
            for argument in (*node.args[:2], *(k.value for k in node.keywords if k.arg in ("place", "value"))):
                yield from words(argument)
            for argument in (*node.args[2:], *(k.value for k in node.keywords if k.arg in TEXTS)):
                yield from bare(argument)
        elif name in ERRORS:
            for argument in node.args[:1]:
                yield from bare(argument)
        elif name in WITH_FAULTS:
            for argument in node.args[1:2]:
                yield from bare(argument)
        elif name == "PydanticCustomError":
            for argument in node.args[1:2]:
                yield from (text for text in bare(argument) if getattr(text, "value", "") != "{said}")
        elif name == "echo":
            for argument in node.args[:1]:
                yield from words(argument)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_texts_of_errors_are_messages(file):
    text = file.read_text(encoding="utf-8")
    found = [f"{node.lineno}: {ast.get_source_segment(text, node)}" for node in found_in(ast.parse(text))]
    assert not found, "say() them, so that they can be said in other languages"


@pytest.mark.parametrize(
    "text",
    [
        'Fault("a.b", "", "must be text")', 'Fault("a.b", "", f"must be {x}", "")', 'Fault("a", "", rule, x or "Me")',
        'Fault(f"{x}: row {n}", "", rule)', 'raise StoreError(f"{x} is gone")', 'CaseError(faults, "All wrong:")',
        'rule = f"must be {x}"', 'remedy = "mend it " + b if c else d', 'PydanticCustomError("x", "must be {y}", {})',
        'typer.echo(f"Wrote {file}")',
    ],
)  # fmt: skip
def test_a_bare_text_is_found(text):
    assert list(found_in(ast.parse(text)))
