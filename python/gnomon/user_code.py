"""Which code is the user's, and what it does while it is traced."""

from __future__ import annotations

import dis
import os
import site
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from gnomon.errors import Error, InvalidArgument
from gnomon.origin import Origin

_PACKAGE = os.path.dirname(os.path.realpath(__file__)) + os.sep
_LIBRARIES = tuple(
    os.path.realpath(folder) + os.sep
    for folder in {sysconfig.get_paths()["stdlib"], sysconfig.get_paths()["purelib"], *site.getsitepackages()}
)
# Functions whose answer is known at once, and wrong for a value that is not.
_TELLING = {"type": "the type of a value", "id": "the identity of a value"}


class _Trace(threading.local):
    running: Trace | None = None


_current = _Trace()


class Trace:
    """What happened while a function was traced."""

    def __init__(self) -> None:
        self.errors: list[Error] = []
        self.seen: set[CodeType] = set()


def tracing() -> bool:
    """Whether this thread is tracing a function."""
    return _current.running is not None


def recorded(error: Error) -> Error:
    """`error`, remembered by the trace that is running: an `except` of the function must not hide it."""
    if _current.running is not None:
        _current.running.errors.append(error)
    return error


@contextmanager
def watched() -> Iterator[Trace]:
    """Watches the user's functions that are called inside; the first error is raised at the end, whoever caught it."""
    trace = Trace()
    before, _current.running = _current.running, trace
    profile = sys.getprofile()
    sys.setprofile(lambda frame, event, argument: _look_at(trace, frame, event))
    try:
        yield trace
    except Error:
        if not trace.errors:
            raise
    except Exception as error:
        if not trace.errors:
            trace.errors.append(_not_ours(error))
    finally:
        sys.setprofile(profile)
        _current.running = before
    if trace.errors:
        raise trace.errors[0] from None


def _not_ours(error: Exception) -> Error:
    """An error of Python or of a library, at the user's line that it came through."""
    place = Origin("", 0)
    step = error.__traceback__
    while step is not None:
        if is_user_file(step.tb_frame.f_code.co_filename):
            place = Origin(step.tb_frame.f_code.co_filename, step.tb_lineno)
        step = step.tb_next
    return InvalidArgument(
        f"this cannot be traced: {type(error).__name__}: {error}",
        id="GN170",
        where=str(place),
        hint='Use gnomon.functions and operators on inputs["name"], or declare mode="python"',
    )


def is_user_file(file: str) -> bool:
    """Whether a file is neither this package's nor a library's."""
    path = os.path.realpath(file)
    return not path.startswith(_PACKAGE) and not path.startswith(_LIBRARIES) and not file.startswith("<frozen")


def user_place() -> str:
    """The innermost line of the user's, "file:line"."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if is_user_file(frame.f_code.co_filename):
            return str(Origin(frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return ""


def _look_at(trace: Trace, frame: FrameType, event: str) -> None:
    code = frame.f_code
    if event != "call" or code in trace.seen or not is_user_file(code.co_filename):
        return
    trace.seen.add(code)
    trace.errors.extend(_unseen_by_values(code))


def _unseen_by_values(code: CodeType) -> Iterator[Error]:
    """Instructions that no value notices: `is`, type(), id()."""
    line = code.co_firstlineno
    for step in dis.get_instructions(code):
        line = _line_of(step, line)
        what = ""
        if step.opname == "IS_OP" or step.opname.endswith(("IF_NONE", "IF_NOT_NONE")):
            what, hint = "`is`, which looks at the object and not at the value", "Use fn.is_null(x) for `x is None`"
        elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and step.argval in _TELLING:
            what, hint = (
                f"{step.argval}(), which tells {_TELLING[step.argval]} at once",
                "Types are declared in the schema",
            )
        if what:
            yield InvalidArgument(
                f"this cannot be traced: {what}", id="GN170", where=str(Origin(code.co_filename, line)), hint=hint
            )


def _line_of(step: Any, line: int) -> int:
    positions = getattr(step, "positions", None)  # from Python 3.11 on
    if positions is not None and positions.lineno is not None:
        return int(positions.lineno)
    starts = step.starts_line
    return int(starts) if isinstance(starts, int) and not isinstance(starts, bool) else line
