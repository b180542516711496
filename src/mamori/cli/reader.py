"""Who reads: the language that a command is asked to speak, for its answers and for the errors that end it.

`mamori --language uk COMMAND`, `mamori COMMAND --language uk` or MAMORI_LANGUAGE=uk; English otherwise, whatever LANG
says, so that the same command prints the same everywhere.
"""

from typing import Annotated

import typer

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.language.speech import CODES, Language, language

VARIABLE = "MAMORI_LANGUAGE"
HELP = f"Language of the answer and of errors: {', '.join(CODES)}."
_KEY = "language"

Asked = dict[str, str]
"""What the command line was asked; typer's context carries it as its object."""


def choose(context: typer.Context, code: str) -> str:
    """Note the language that was asked for, and give the one that holds. Raises ScenarioError for an unknown one."""
    asked: Asked = context.find_root().ensure_object(dict)
    if code:
        if code not in CODES:
            known = ", ".join(f"{code} ({name})" for code, name in CODES.items())
            remedy = say("Give one of {known}.", known=known)
            raise ScenarioError(Fault("--language", code, say("mamori does not speak this language"), remedy))
        asked[_KEY] = code
    return asked.get(_KEY, "en")


def reader(asked: Asked) -> Language:
    """The language of whoever reads what the command line was asked."""
    return speaking(asked.get(_KEY, ""))


def speaking(code: str) -> Language:
    """The language of a `Code`; English for none."""
    return language(code or "en")


Code = Annotated[
    str, typer.Option("--language", metavar="CODE", callback=choose, is_eager=True, show_default=False, help=HELP)
]
"""Option of every command that prints to people. With "" as its default the command is given the code that holds."""
