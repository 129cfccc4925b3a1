"""Text sent to the server, built by pure functions: startup options, branch calls, first words."""

import json
import re
from typing import Any, Optional, Tuple

# Libpq hands the options string to the server, which splits it at white space; a backslash keeps
# the next character. Without it a value could smuggle in an option of its own.
_NEEDS_ESCAPE = re.compile(r"[\\ \t\n\v\f\r]")

_FIRST_WORD = re.compile(r"(?:\s|;|--[^\n]*(?:\n|$)|/\*.*?\*/)*([A-Za-z]*)", re.DOTALL)


def startup_options(**settings: str) -> str:
    """`-c name=value` for every setting, in the form of libpq's `options` parameter."""
    return " ".join(
        "-c {}={}".format(name, _NEEDS_ESCAPE.sub(lambda match: "\\" + match.group(), value))
        for name, value in settings.items()
    )


def call(function: str, *required: Any, **optional: Any) -> Tuple[str, Optional[tuple]]:
    """`SELECT * FROM function(…)` and its parameters; an optional argument that is None is left out."""
    named = {name: value for name, value in optional.items() if value is not None}
    places = ["%s"] * len(required) + [f"{name} => %s" for name in named]
    return f"SELECT * FROM {function}({', '.join(places)})", (*required, *named.values()) or None


def json_text(value: Any) -> str:
    """JSON for an argument that may be given as text already or as a Python value."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def first_word(sql: str) -> str:
    """The statement's first word in upper case, comments skipped; empty when it has none."""
    return _FIRST_WORD.match(sql).group(1).upper()


def may_switch_branch(sql: str) -> bool:
    """Whether running this text can have moved the session to another branch."""
    text = sql.lower()
    return "hatidata_branch" in text or re.search(r"\b(reset|discard)\s+all\b", text) is not None
