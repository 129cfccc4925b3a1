"""The one error of this package: what went wrong, its SQLSTATE, and the next step."""

from functools import lru_cache
from typing import Optional, Type

import psycopg2


class HatiDataError(psycopg2.Error):
    """What a call raises when it fails.

    `message` says what went wrong, `hint` the next step, `detail` more facts, `sqlstate` the
    five-character code; `str(error)` shows message, detail and hint.

    It is a `psycopg2.Error`, and an error that came from the server is also an instance of the
    psycopg2 class for its SQLSTATE: code written for psycopg2 (`except psycopg2.errors.UndefinedTable`)
    keeps working.
    """

    def __init__(
        self,
        message: str,
        sqlstate: Optional[str] = None,
        hint: Optional[str] = None,
        detail: Optional[str] = None,
    ):
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.hint = hint
        self.detail = detail

    def __str__(self) -> str:
        lines = [self.message]
        if self.detail:
            lines.append("DETAIL: " + self.detail)
        if self.hint:
            lines.append("HINT: " + self.hint)
        return "\n".join(lines)

    # psycopg2's own names for the same facts. Its attributes are read-only, hence properties.

    @property
    def pgcode(self) -> Optional[str]:
        return self.sqlstate

    @property
    def pgerror(self) -> str:
        return str(self)

    @property
    def diag(self):
        cause = self.__cause__
        return cause.diag if isinstance(cause, psycopg2.Error) else super().diag

    def __reduce__(self):
        # The class may be one made by `_class_for`, which pickle cannot find by name.
        facts = (self.message, self.sqlstate, self.hint, self.detail)
        return _restore, (_psycopg2_class(type(self)), facts)


def from_psycopg2(error: psycopg2.Error) -> HatiDataError:
    """The same error, told our way. The caller raises it `from error`."""
    diag = error.diag
    message = diag.message_primary or str(error).strip() or type(error).__name__
    return make(type(error), message, error.pgcode, diag.message_hint, diag.message_detail)


def make(
    psycopg2_class: Type[psycopg2.Error],
    message: str,
    sqlstate: Optional[str] = None,
    hint: Optional[str] = None,
    detail: Optional[str] = None,
) -> HatiDataError:
    """A `HatiDataError` that `except psycopg2_class` catches too."""
    return _class_for(psycopg2_class)(message, sqlstate, hint, detail)


@lru_cache(maxsize=None)
def _class_for(psycopg2_class: Type[psycopg2.Error]) -> Type[HatiDataError]:
    if issubclass(HatiDataError, psycopg2_class):
        return HatiDataError
    return type("HatiDataError", (HatiDataError, psycopg2_class), {"__module__": HatiDataError.__module__})


def _psycopg2_class(cls: Type[HatiDataError]) -> Type[psycopg2.Error]:
    return cls.__bases__[-1]


def _restore(psycopg2_class, facts) -> HatiDataError:
    return make(psycopg2_class, *facts)
