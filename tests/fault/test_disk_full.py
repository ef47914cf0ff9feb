"""A full disk under .gnomon: writes fail with a clear error, reads serve the old version, work resumes with room."""

import pathlib
import subprocess

import pytest

from fault.project import Project, whole

DISK_BYTES = 24 << 20
STEP_BYTES = 24 << 10


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
