"""Call on-demand functions, row by row, as long as the engine asks: ``python -m gnomon.function_child PROJECT_DIR``.

The engine starts this process and speaks to it in frames, all integers little endian:

- question on stdin: u64 header length, header, u64 byte length, an Arrow IPC stream of the inputs
- answer on stdout: u64 length of the rest, u64 header length, header, an Arrow IPC stream of the features

Headers are lines. Of a question: ``FILE:FUNCTION``, the hash of its text, and ``name<TAB>dtype`` for each feature.
Of an answer: ``ok`` and ``row<TAB>what it said`` for each row that failed, or ``error``, an id and a message. What
functions print goes to stderr.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from gnomon.transform_child import load_function

if TYPE_CHECKING:
    import pyarrow


class Row(dict[str, Any]):
    """A row's inputs: ``inputs["wind_speed"]`` or ``inputs.wind_speed``, as a traced function writes them."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Question(NamedTuple):
    """What the engine asks."""

    place: str
    source_hash: str
    outputs: list[tuple[str, str]]  # name, dtype
    inputs: pyarrow.Table


class Functions:
    """The project's functions, each imported once."""

    def __init__(self, project_dir: str) -> None:
        self._project_dir = project_dir
        self._known: dict[str, tuple[Callable[..., Any], str]] = {}

    def find(self, place: str, source_hash: str) -> Callable[..., Any]:
        """The function at a place. A text that was not applied is an error: its answers would be others."""
        if place not in self._known:
            function = load_function(self._project_dir, place)
            self._known[place] = function, hashlib.sha256(inspect.getsource(function).encode()).hexdigest()
        function, found = self._known[place]
        if found != source_hash:
            raise ChangedFunction(f"the function {place} is not the one that was applied")
        return function


class ChangedFunction(Exception):
    """The function's text has changed since it was applied."""


def read_question(stream: BinaryIO) -> Question | None:
    """The next question, or None at the end."""
    import pyarrow

    head = stream.read(8)
    if len(head) < 8:
        return None
    place, source_hash, *outputs = stream.read(struct.unpack("<Q", head)[0]).decode().split("\n")
    (length,) = struct.unpack("<Q", stream.read(8))
    with pyarrow.ipc.open_stream(pyarrow.py_buffer(stream.read(length))) as reader:
        inputs = reader.read_all()
    named = [tuple(line.split("\t", 1)) for line in outputs]
    return Question(place, source_hash, [(name, dtype) for name, dtype in named], inputs)


def answer_to(question: Question, functions: Functions) -> tuple[list[str], pyarrow.Table | None]:
    """The header's lines and the features."""
    import pyarrow

    try:
        function = functions.find(question.place, question.source_hash)
    except ChangedFunction as error:
        return ["error", "GN171", str(error)], None
    except BaseException as error:  # SystemExit too: a file that exits cannot be imported
        return ["error", "GN333", one_line(f"importing {question.place}", error)], None
    names = [name for name, _ in question.outputs]
    rows: list[dict[str, Any]] = []
    failed: dict[int, str] = {}
    for i, inputs in enumerate(question.inputs.to_pylist()):
        try:
            rows.append(checked(function(Row(inputs)), names))
        except Exception as error:
            rows.append(dict.fromkeys(names))
            failed[i] = one_line("", error)
    columns = [column(rows, name, arrow_type(dtype), failed) for name, dtype in question.outputs]
    for i in failed:  # a row is answered whole or not at all
        for name in names:
            rows[i][name] = None
    if failed:
        columns = [column(rows, name, arrow_type(dtype), failed) for name, dtype in question.outputs]
    return ["ok", *(f"{row}\t{said}" for row, said in sorted(failed.items()))], pyarrow.table(
        columns, schema=pyarrow.schema([(name, arrow_type(dtype)) for name, dtype in question.outputs])
    )


def checked(returned: Any, names: list[str]) -> dict[str, Any]:
    """What the function returned, if it is a dict of the view's features."""
    if not isinstance(returned, dict) or set(returned) != set(names):
        got = sorted(map(str, returned)) if isinstance(returned, dict) else type(returned).__name__
        raise TypeError(f"the function must return a dict of {', '.join(names)}; it returned {got}")
    return {name: plain(value) for name, value in returned.items()}


def plain(value: Any) -> Any:
    """A NumPy or pandas scalar as Python's own."""
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return value.item()
    return value


def column(rows: list[dict[str, Any]], name: str, kind: pyarrow.DataType, failed: dict[int, str]) -> pyarrow.Array:
    """The values of one feature; those that do not fit its type are null and in `failed`."""
    import pyarrow

    values = [row[name] for row in rows]
    try:
        return pyarrow.array([fitted(value, kind) for value in values], type=kind)
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        pass
    kept = []
    for i, value in enumerate(values):
        try:
            kept.append(pyarrow.array([fitted(value, kind)], type=kind)[0].as_py())
        except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
            kept.append(None)
            failed.setdefault(i, one_line(f"feature {name}", error))
    return pyarrow.array(kept, type=kind)


def fitted(value: Any, kind: pyarrow.DataType) -> Any:
    """A whole float as an integer where one is declared, as declared types are cast everywhere; a Bool is no number."""
    import pyarrow

    if isinstance(value, bool) and not pyarrow.types.is_boolean(kind):
        raise TypeError(f"a Bool where {kind} is declared")
    if isinstance(value, float) and pyarrow.types.is_integer(kind) and value == value:
        if not value.is_integer():
            raise ValueError(f"{value!r} is no integer")
        return int(value)
    return value


def arrow_type(dtype: str) -> pyarrow.DataType:
    """The Arrow type of a declared one."""
    import pyarrow

    if dtype.startswith("Array("):
        return pyarrow.list_(arrow_type(dtype[6:-1]))
    return {
        "Int32": pyarrow.int32(),
        "Int64": pyarrow.int64(),
        "Float32": pyarrow.float32(),
        "Float64": pyarrow.float64(),
        "String": pyarrow.utf8(),
        "Bool": pyarrow.bool_(),
        "Bytes": pyarrow.binary(),
        "UnixTimestamp": pyarrow.timestamp("us", "UTC"),
    }[dtype]


def one_line(doing: str, error: BaseException) -> str:
    """An exception for a header: one line, without tabs."""
    said = f"{doing + ': ' if doing else ''}{type(error).__name__}: {error}"
    return " ".join(said.split())[:500]


def write_answer(stream: BinaryIO, lines: list[str], features: pyarrow.Table | None) -> None:
    """The answer, behind its length."""
    import pyarrow

    header = "\n".join(lines).encode()
    body = b""
    if features is not None:
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, features.schema) as writer:
            writer.write_table(features)
        body = sink.getvalue().to_pybytes()
    stream.write(struct.pack("<QQ", 8 + len(header) + len(body), len(header)) + header + body)
    stream.flush()


def main(arguments: list[str]) -> int:
    """Answer until nobody asks any more; returns the exit code."""
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        print("usage: python -m gnomon.function_child PROJECT_DIR", file=sys.stderr)
        return 2
    # The descriptors, not only sys.stdout: what functions and C libraries print must not stand between the frames.
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    project_dir = os.path.realpath(arguments[0])
    os.chdir(project_dir)
    functions = Functions(project_dir)
    while (question := read_question(questions)) is not None:
        write_answer(answers, *answer_to(question, functions))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
