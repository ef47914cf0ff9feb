"""Evaluate a project's Python definitions: ``python -m gnomon.evaluate PROJECT_DIR``.

Imports every ``features/**/*.py`` in order and prints one manifest fragment as JSON on stdout.
What the files print goes to stderr. When a file fails, the last line of stderr is a JSON object
{id, code, where, message, hint}, and the exit code is 1.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType

from gnomon.definition import Definition
from gnomon.errors import Error
from gnomon.manifest import manifest_json
from gnomon.origin import path_within

FOLDER = "features"


def evaluate(project_dir: str) -> str:
    """The manifest fragment of a project's Python definitions, as JSON."""
    project_dir = os.path.realpath(project_dir)
    if project_dir not in sys.path:
        sys.path.insert(0, project_dir)
    _claim_package(project_dir)
    found: list[Definition] = []
    for file in definition_files(project_dir):
        found.extend(_definitions_in(_import_file(project_dir, file)))
    return manifest_json(found, project_dir)


def definition_files(project_dir: str) -> list[str]:
    """Every ``features/**/*.py`` relative to the project, sorted; hidden folders are left out."""
    found = []
    for folder, folders, files in os.walk(os.path.join(project_dir, FOLDER)):
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
        found += [os.path.join(folder, name) for name in files if name.endswith(".py") and not name.startswith(".")]
    return sorted(os.path.relpath(path, project_dir).replace(os.sep, "/") for path in found)


def _claim_package(project_dir: str) -> None:
    # `from features.sources import weather` must find this project's file, and the very module evaluated here, whatever
    # other package of that name is installed. A folder with an __init__.py is found through sys.path.
    folder = os.path.join(project_dir, FOLDER)
    if os.path.isdir(folder) and not os.path.exists(os.path.join(folder, "__init__.py")):
        spec = ModuleSpec(FOLDER, None, is_package=True)
        spec.submodule_search_locations = [folder]
        sys.modules[FOLDER] = importlib.util.module_from_spec(spec)


def _import_file(project_dir: str, file: str) -> ModuleType:
    stem = file.removesuffix(".py").removesuffix("/__init__")
    name = stem.replace("/", ".")
    if "." not in stem:
        return importlib.import_module(name)
    # A dot in the file's own name cannot be part of a module's path.
    spec = importlib.util.spec_from_file_location(stem.replace(".", "_"), os.path.join(project_dir, file))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _definitions_in(module: ModuleType) -> Iterator[Definition]:
    """Definitions among the module's globals, also one level down in lists, tuples and dicts."""
    for value in list(vars(module).values()):
        if isinstance(value, dict):
            value = list(value.values())
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, Definition):
                yield item


def failure(error: BaseException, project_dir: str) -> dict[str, str]:
    """What went wrong, as the object printed on the last line of stderr."""
    if isinstance(error, Error):
        report = {"id": error.id, "code": error.code, "message": error.what, "hint": error.hint, "where": error.where}
    else:
        what = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
        report = {"id": "GN124", "code": "InvalidArgument", "message": what, "hint": "", "where": ""}
        if isinstance(error, ModuleNotFoundError):
            report["hint"] = f"Install {error.name} in the environment of {sys.executable}"
    return report | ({"where": place} if (place := _place(error, project_dir)) else {})


def _place(error: BaseException, project_dir: str) -> str:
    """The innermost line of the project that took part."""
    lines = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        lines.append((error.filename, error.lineno or 0))
    places = [f"{within}:{line}" for file, line in lines if (within := path_within(file, project_dir))]
    return places[-1] if places else ""


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        print("usage: python -m gnomon.evaluate PROJECT_DIR", file=sys.stderr)
        return 2
    # The file descriptor, not only sys.stdout: child processes and C libraries of the user print as well.
    sys.stdout.flush()
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        text = evaluate(arguments[0])
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a definitions file that exits has failed
        traceback.print_exc()
        print(json.dumps(failure(error, os.path.realpath(arguments[0]))), file=sys.stderr, flush=True)
        return 1
    finally:
        sys.stdout.flush()
    print(text, file=answer, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
