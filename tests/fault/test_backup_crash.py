"""kill -9 during backup and restore: a backup or a restored state is there whole, or not there; the next one works."""

import pytest

from fault.project import Project, whole

CRASHED = 137


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "demo")
    project.must("apply")
    project.must("run")
    return project


@pytest.mark.parametrize("point", ["backup.before_contents", "backup.before_rename", "backup.after_rename"])
def test_backup(project, tmp_path, point):
    backup = tmp_path / "backup"
    assert project.run("backup", str(backup), crash_at=point).returncode == CRASHED
    assert backup.exists() == (point == "backup.after_rename")
    whole(project.served(), 1)
    if not backup.exists():
        project.must("backup", str(backup))
    restore(project, tmp_path, backup)


@pytest.mark.parametrize("point", ["restore.before_rename", "restore.after_rename"])
def test_restore(project, tmp_path, point):
    project.must("backup", str(tmp_path / "backup"))
    state = project.folder / ".gnomon"
    state.rename(tmp_path / "lost")
    assert project.run("restore", str(tmp_path / "backup"), crash_at=point).returncode == CRASHED
    assert state.exists() == (point == "restore.after_rename")
    if not state.exists():
        project.must("restore", str(tmp_path / "backup"))
    whole(project.served(), 1)
    whole(project.trained(), 1)


def restore(project, tmp_path, backup):
    (project.folder / ".gnomon").rename(tmp_path / "lost")
    project.must("restore", str(backup))
    whole(project.served(), 1)
    whole(project.trained(), 1)
    project.write(2)
    project.must("run")
    whole(project.served(), 2)
