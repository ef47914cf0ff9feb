"""Tables written by the C++ engine, through the program that the crash tests use."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def program():
    """Runs offline_program: program("append", path, 0, 10) -> what it printed."""
    path = ROOT / os.environ.get("GNOMON_BUILD_DIR", "build") / "tests" / "offline_program"
    if not path.exists():
        pytest.fail(f"{path} is not there: build the target offline_program, or set GNOMON_BUILD_DIR")

    def run(*arguments):
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    return run


@pytest.fixture
def snapshot(program):
    """snapshot(path) -> (version, [(rows, file), ...]) as the engine sees the table."""

    def read(path, *version):
        first, *rest = program("snapshot", path, *version).splitlines()
        return int(first.split()[1]), [(int(line.split(" ", 1)[0]), line.split(" ", 1)[1]) for line in rest]

    return read
