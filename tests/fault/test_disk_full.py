"""A full disk under .gnomon: writes fail with a clear error, reads serve the old version, work resumes with room.

First on a small file system that is really full, then with a library that lets the disk run full at every single call
that needs room.
"""

import json
import os
import pathlib
import subprocess

import pytest
from property.seeds import CASES

from fault.project import BAD_KEYS, Project, whole

DISK_BYTES = 24 << 20
STEP_BYTES = 24 << 10
SWEEP_STEP = 1 if CASES >= 5 else 5  # calls: every one where there is time, for a sweep takes hundreds of runs


@pytest.fixture
def disk(tmp_path):
    """A project whose state lies on a small file system of its own."""
    project = Project(tmp_path / "demo")
    state = project.folder / ".gnomon"
    state.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(state)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system is not allowed here")
    yield project
    subprocess.run(["umount", "-l", str(state)], check=True)


def leave(project: Project, free_bytes: int) -> pathlib.Path:
    """Fills the disk but for `free_bytes`."""
    ballast = project.folder / ".gnomon" / "ballast"
    ballast.write_bytes(b"")
    available = int(
        subprocess.run(
            ["df", "--output=avail", "-B1", str(ballast)], capture_output=True, text=True, check=True
        ).stdout.split()[-1]
    )
    ballast.write_bytes(bytes(max(0, available - free_bytes)))
    return ballast


def test_run_on_a_disk_with_ever_more_room(disk):
    disk.must("apply")
    disk.must("run")
    version = 2
    failures = 0
    for step in range(60):
        disk.write(version)
        ballast = leave(disk, step * STEP_BYTES)
        done = disk.run("run")
        whole(disk.trained(), version - 1, version)
        whole(disk.served(), version - 1, version)
        if done.returncode == 0:
            break
        failures += 1
        assert "GN501" in done.stderr + done.stdout, done.stderr + done.stdout
        ballast.unlink()
        disk.must("run")
        whole(disk.trained(), version)
        whole(disk.served(), version)
        version += 1
    assert done.returncode == 0, "never enough room"
    assert failures > 0, "the disk was never full: this test proves nothing"


def test_apply_on_a_full_disk_changes_nothing(disk):
    disk.must("apply")
    disk.define("3h")
    ballast = leave(disk, 0)
    failed = disk.run("apply")
    assert failed.returncode == 1
    assert "GN501" in failed.stderr, failed.stderr
    assert disk.run("list", "views", "--json").returncode == 0
    ballast.unlink()
    disk.must("apply")
    assert disk.run("plan", "--detailed-exitcode").returncode == 0


class FullDisk:
    """Runs the command line with a disk that is full from a chosen call on."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.library, self.report = folder / "full_disk.so", folder / "calls"
        source = pathlib.Path(__file__).with_name("full_disk.c")
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(self.library), str(source), "-ldl"], check=True)

    def run(self, project: Project, after: int, *arguments: str) -> subprocess.CompletedProcess[str]:
        settings = {
            "LD_PRELOAD": self.library,
            "FULL_DISK_FOLDER": project.folder / ".gnomon",
            "FULL_DISK_AFTER": after,
        }
        environment = {name: str(value) for name, value in settings.items()}
        return project.run(*arguments, environment=environment | {"FULL_DISK_REPORT": str(self.report)})

    def calls(self) -> int:
        return int(self.report.read_text())


@pytest.fixture(scope="session")
def full_disk(tmp_path_factory):
    return FullDisk(tmp_path_factory.mktemp("full_disk"))


class Apply:
    """Version n of the definition has a TTL of n days."""

    arguments = ("apply",)
    is_run_first = True

    def prepare(self, project: Project, version: int) -> None:
        project.define(f"{version}d")

    def check(self, project: Project, *allowed: int) -> None:
        views = json.loads(project.must("describe", "state", "--json"))
        ttl_us = int(views["definition"]["ttl_us"])
        assert ttl_us in [version * 86_400_000_000 for version in allowed]


class Run:
    """Version n of the data, checked, stored and materialized."""

    arguments: tuple[str, ...] = ("run",)
    is_run_first = True

    def prepare(self, project: Project, version: int) -> None:
        project.write(version)

    def check(self, project: Project, *allowed: int) -> None:
        whole(project.trained(), *allowed)
        whole(project.served(), *allowed)


class Quarantine(Run):
    """Version n of the data has rows that fail a check: in the quarantine are all of a version, or none."""

    def prepare(self, project: Project, version: int) -> None:
        project.write(version, bad=True)

    def check(self, project: Project, *allowed: int) -> None:
        super().check(project, *allowed)
        kept: dict[int, int] = {}
        for row in json.loads(project.must("quarantine", "--json")):
            version = -int(json.loads(row["row_json"])["version"])
            kept[version] = kept.get(version, 0) + 1
        assert set(kept.values()) <= {len(BAD_KEYS)}, f"a part of the bad rows, or some twice: {kept}"
        assert set(kept) >= set(range(1, min(allowed) + 1)), "bad rows are lost"


class Materialize(Run):
    arguments = ("materialize-incremental", "2024-06-01")
    is_run_first = False  # what a run has published is what is materialized from then on

    def check(self, project: Project, *allowed: int) -> None:
        whole(project.served(), *allowed)


class Push(Run):
    """The history log has a push before the store answers with it; each of the two is before or after."""

    arguments = ("push", "stream", "data/pushed.parquet")

    def prepare(self, project: Project, version: int) -> None:
        project.write_pushed(version)


@pytest.mark.parametrize(
    "operation", [Apply(), Run(), Quarantine(), Materialize(), Push()], ids=lambda it: type(it).__name__
)
def test_full_from_every_call_on(tmp_path, full_disk, operation):
    """Call by call from the first one that needs room to the last: before or after, and the next try goes through."""
    project = Project(tmp_path / "demo")
    operation.prepare(project, 1)
    project.must("apply")
    if operation.is_run_first:
        project.must("run")
    project.must(*operation.arguments)
    operation.check(project, 1)
    version, failures = 2, 0
    for after in range(10_000):
        if after % SWEEP_STEP and after > 3:
            continue
        operation.prepare(project, version)
        done = full_disk.run(project, after, *operation.arguments)
        if done.returncode != 0:
            assert "GN501" in done.stderr + done.stdout, f"full after {after} calls: {done.stderr + done.stdout}"
            failures += 1
            operation.check(project, version - 1, version)
            project.must(*operation.arguments)
        operation.check(project, version)
        version += 1
        if full_disk.calls() <= after:
            break
    assert done.returncode == 0
    assert failures > 5, "the disk was hardly ever full: this test proves nothing"


def test_negative_control_a_write_that_is_not_atomic_is_noticed(tmp_path, full_disk):
    """A program that writes half of its rows, then the other half: the same disk leaves it in between."""
    state = tmp_path / ".gnomon"
    state.mkdir()
    rows = state / "rows"
    rows.write_bytes(b"1" * 40)
    program = f"import os; fd = os.open({str(rows)!r}, os.O_RDWR); os.write(fd, b'2' * 20); os.write(fd, b'2' * 20)"
    settings = {"LD_PRELOAD": str(full_disk.library), "FULL_DISK_FOLDER": str(state), "FULL_DISK_AFTER": "1"}
    done = subprocess.run(
        ["python3", "-c", program], env=os.environ | settings, capture_output=True, text=True, check=False
    )
    assert "No space left on device" in done.stderr
    with pytest.raises(AssertionError, match="mixture"):
        whole({int(digit) for digit in rows.read_text()}, 1, 2)
