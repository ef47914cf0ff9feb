"""Run one Python transform: ``python -m gnomon.transform_child PROJECT_DIR FILE:FUNCTION MODE``.

The engine starts this process and speaks to it in Arrow, all integers little endian:

- stdin: u32 count, then per input u32 name length, name, u64 byte length, an Arrow IPC stream
- stdout: u64 byte length, an Arrow IPC stream

What the function prints goes to stderr, as does the traceback when it fails; then the exit code is 1.
"""

from __future__ import annotations

import importlib.util
import os
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import pandas
    import pyarrow


def read_inputs(stream: BinaryIO) -> Iterator[tuple[str, pyarrow.Table]]:
    """The named tables, in order."""
    import pyarrow

    (count,) = struct.unpack("<I", _read(stream, 4))
    for _ in range(count):
        (name_length,) = struct.unpack("<I", _read(stream, 4))
        name = _read(stream, name_length).decode()
        (byte_length,) = struct.unpack("<Q", _read(stream, 8))
        with pyarrow.ipc.open_stream(pyarrow.py_buffer(_read(stream, byte_length))) as reader:
            yield name, reader.read_all()


def _read(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise EOFError(f"the engine sent {len(data)} bytes of {length}")
    return data


def write_answer(stream: BinaryIO, table: pyarrow.Table) -> None:
    """The result, behind its length."""
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    answer = sink.getvalue()
    stream.write(struct.pack("<Q", answer.size))
    stream.write(answer)
    stream.flush()


def load_function(project_dir: str, place: str) -> Callable[..., Any]:
    """The function at ``FILE:FUNCTION``; of a decorated one, what it was made from."""
    file, _, name = place.rpartition(":")
    found: Any = _import_file(project_dir, file)
    for part in name.split("."):
        found = getattr(found, part)
    function: Callable[..., Any] = getattr(found, "function", found)
    if not callable(function):
        raise TypeError(f"{place} is {_kind(found)}, not a function")
    return function


def _import_file(project_dir: str, file: str) -> ModuleType:
    sys.path.insert(0, project_dir)
    name = file.removesuffix(".py").replace("/", ".")
    package, _, _ = name.rpartition(".")
    folder = os.path.join(project_dir, package)
    if os.path.isdir(folder) and not os.path.exists(os.path.join(folder, "__init__.py")):
        # `from features.sources import weather` must find this project's files, whatever package of that name there is.
        namespace = ModuleSpec(package, None, is_package=True)
        namespace.submodule_search_locations = [folder]
        sys.modules.setdefault(package, importlib.util.module_from_spec(namespace))
    spec = importlib.util.spec_from_file_location(name, os.path.join(project_dir, file))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def to_frame(table: pyarrow.Table, mode: str) -> Any:
    """A table as the kind of frame that the function takes."""
    if mode == "pandas":
        return _to_pandas(table)
    if mode == "polars":
        import polars

        return polars.from_arrow(table)
    return table


def _to_pandas(table: pyarrow.Table) -> pandas.DataFrame:
    """As pyarrow does it, but integers and booleans with nulls keep their type, not floats or objects."""
    import pandas
    import pyarrow

    nullable = {
        pyarrow.bool_(): pandas.BooleanDtype(),
        pyarrow.int8(): pandas.Int8Dtype(),
        pyarrow.int16(): pandas.Int16Dtype(),
        pyarrow.int32(): pandas.Int32Dtype(),
        pyarrow.int64(): pandas.Int64Dtype(),
        pyarrow.uint8(): pandas.UInt8Dtype(),
        pyarrow.uint16(): pandas.UInt16Dtype(),
        pyarrow.uint32(): pandas.UInt32Dtype(),
        pyarrow.uint64(): pandas.UInt64Dtype(),
    }
    frame = table.to_pandas()
    for position, column in enumerate(table.columns):
        if column.null_count > 0 and column.type in nullable:
            frame.isetitem(position, column.to_pandas(types_mapper=nullable.get))
    return frame


def to_table(frame: Any, mode: str, place: str) -> pyarrow.Table:
    """What the function returned, as a table; the named levels of a pandas index become columns."""
    import pyarrow

    if mode == "pandas":
        import pandas

        if isinstance(frame, pandas.DataFrame):
            named = [name for name in frame.index.names if name is not None and name not in frame.columns]
            table = pyarrow.Table.from_pandas(frame.reset_index(level=named) if named else frame, preserve_index=False)
            return table.replace_schema_metadata(None)
    elif mode == "polars":
        import polars

        if isinstance(frame, polars.LazyFrame):
            frame = frame.collect()
        if isinstance(frame, polars.DataFrame):
            return frame.to_arrow(compat_level=polars.CompatLevel.oldest())
    elif isinstance(frame, pyarrow.Table):
        return frame
    elif isinstance(frame, pyarrow.RecordBatch):
        return pyarrow.Table.from_batches([frame])
    wanted = {"pandas": "a pandas.DataFrame", "polars": "a polars.DataFrame", "arrow": "a pyarrow.Table"}[mode]
    raise TypeError(f"{place} must return {wanted}, because its mode is {mode!r}; it returned {_kind(frame)}")


def _kind(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def run(source: BinaryIO, project_dir: str, place: str, mode: str) -> pyarrow.Table:
    """Call the function on the inputs that `source` sends."""
    project_dir = os.path.realpath(project_dir)
    tables = [table for _, table in read_inputs(source)]
    os.chdir(project_dir)
    function = load_function(project_dir, place)
    return to_table(function(*(to_frame(table, mode) for table in tables)), mode, place)


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    if len(arguments) != 3 or arguments[2] not in ("pandas", "polars", "arrow"):
        print("usage: python -m gnomon.transform_child PROJECT_DIR FILE:FUNCTION pandas|polars|arrow", file=sys.stderr)
        return 2
    # The descriptor, not only sys.stdout: C libraries and child processes of the function print as well.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        table = run(sys.stdin.buffer, *arguments)
    except Exception:
        traceback.print_exc()
        return 1
    with answer:
        write_answer(answer, table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
