"""One line on a terminal that says how far long work is."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

_REDRAW_SECONDS = 0.1


class ProgressLine:
    """Draws what the engine reports, at most ten times a second, and clears the line when the work ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn_at = 0.0
        self._visible = False

    def __call__(self, what: str, done: int, total: int) -> None:
        """Report `done` of `total`; a total of 0 is unknown."""
        now = time.monotonic()
        if now - self._drawn_at < _REDRAW_SECONDS:
            return
        self._drawn_at = now
        amount = f"{done:,} / {total:,}  {100 * done // total} %" if total > 0 else f"{done:,}"
        self._stream.write(f"\r\x1b[K{what}  {amount}")
        self._stream.flush()
        self._visible = True

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._visible:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._visible = False


def terminal_progress() -> ProgressLine | None:
    """A progress line on stderr, or nothing where no person watches."""
    return ProgressLine(sys.stderr) if sys.stderr is not None and sys.stderr.isatty() else None
