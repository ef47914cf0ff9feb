"""What can go wrong, as twelve exceptions: one a canonical code, each also the builtin that Python programmers expect.

The engine raises the class of its code; the SDK raises the same ones for what it can see by itself. `id` is the stable
number to search for ("GN101"), `what` the message, `where` the place (file:line, column, path), `hint` the way out.
"""

from __future__ import annotations

__all__ = [
    "Aborted",
    "AlreadyExists",
    "DataLoss",
    "DeadlineExceeded",
    "Error",
    "FailedPrecondition",
    "InvalidArgument",
    "NotFound",
    "PermissionDenied",
    "ResourceExhausted",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
]


class Error(Exception):
    """Base of everything Gnomon raises.

    Parameters
    ----------
    what : str
        What went wrong, with the values that matter.
    code : str, optional
        Canonical code; by default the class's name.
    id : str, optional
        Stable number of the error, such as ``GN101``.
    where : str, optional
        The place: ``file:line``, a column, a path.
    hint : str, optional
        What to do about it.

    Examples
    --------
    >>> error = InvalidArgument("unknown column", id="GN101", where="features/traffic.py:14", hint="Did you mean x?")
    >>> print(error)
    GN101 features/traffic.py:14  unknown column. Did you mean x?
    >>> isinstance(error, ValueError), error.code
    (True, 'InvalidArgument')
    """

    def __init__(self, what: str, *, code: str = "", id: str = "", where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.code = code or type(self).__name__
        self.id = id
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}  " if self.where else ""
        advice = f". {self.hint}" if self.hint else ""
        return f"{self.id} {place}{self.what}{advice}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling, and errors travel between processes.
        return _rebuild, (type(self), self.what, self.code, self.id, self.where, self.hint)


def _rebuild(kind: type[Error], what: str, code: str, id: str, where: str, hint: str) -> Error:
    return kind(what, code=code, id=id, where=where, hint=hint)


class InvalidArgument(Error, ValueError):
    """The call or a definition is wrong, whatever the state of the system."""


class Unauthenticated(Error):
    """Nobody knows who is asking."""


class PermissionDenied(Error, PermissionError):
    """The caller is known and may not do this."""


class NotFound(Error, KeyError):
    """A named thing does not exist."""


class AlreadyExists(Error):
    """A thing of that name is there already."""


class FailedPrecondition(Error):
    """The system is not in the state that the call needs; change the state first."""


class Aborted(Error):
    """Somebody else was faster; redo the step from its beginning."""


class Unavailable(Error):
    """A passing condition; the same call may succeed later."""


class ResourceExhausted(Error):
    """A limit is reached: disk, memory, quota."""


class DeadlineExceeded(Error, TimeoutError):
    """The time allowed is over."""


class DataLoss(Error):
    """Stored data is damaged or missing."""


class Unimplemented(Error, NotImplementedError):
    """A part of the contract that does not exist yet; refused, never ignored."""
