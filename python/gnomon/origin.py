"""Where a definition was written, for messages: the first frame outside this package."""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple


class Origin(NamedTuple):
    """A line of a file; `file` is as Python compiled it, empty when nobody outside the package called."""

    file: str
    line: int

    def file_within(self, folder: str) -> str:
        """The file relative to `folder` with forward slashes, or as it is when it lies elsewhere."""
        return path_within(self.file, folder) or self.file

    def to_manifest(self, project_dir: str) -> dict[str, Any]:
        """The `Origin` message, or nothing when the place is unknown."""
        return {"file": self.file_within(project_dir), "line": self.line} if self.file else {}

    def __str__(self) -> str:
        return f"{self.file_within(os.getcwd())}:{self.line}" if self.file else ""


def path_within(path: str, folder: str) -> str:
    """`path` relative to `folder` with forward slashes, or empty when it does not lie inside."""
    if not os.path.isfile(path):  # "<stdin>", a notebook's cell
        return ""
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(folder))
    return "" if relative.startswith("..") else relative.replace(os.sep, "/")


def caller_origin() -> Origin:
    """The line that called into Gnomon."""
    frame = sys._getframe(1)
    package = __name__.split(".", 1)[0]
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).split(".", 1)[0] != package:
            return Origin(frame.f_code.co_filename, frame.f_lineno)
        if frame.f_back is None:
            break
        frame = frame.f_back
    return Origin("", 0)
