"""kill -9 at named points of apply, run and materialize: before or after, never in between; the next run goes on."""

import pytest

from fault.project import Project, whole

CRASHED = 137
APPLY_POINTS = ["apply.before_commit", "apply.after_commit"]
REMOVAL_POINTS = [*APPLY_POINTS, "apply.while_removing"]
RUN_POINTS = [
    "run.before_commit",
    "offline.before_data",
    "offline.before_log",
    "offline.after_log",
    "run.before_publish",
    "run.after_publish",
    "materialize.before_write",
    "store.before_write",
    "store.after_write",
    "materialize.after_write",
]
MATERIALIZE_POINTS = RUN_POINTS[-4:]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "demo")


@pytest.mark.parametrize("point", APPLY_POINTS)
def test_apply(project, point):
    project.must("apply")
    project.define("3h")
    assert project.run("apply", crash_at=point).returncode == CRASHED
    plan = project.run("plan", "--detailed-exitcode")
    expected = 4 if point == "apply.before_commit" else 0
    assert plan.returncode == expected, plan.stdout + plan.stderr
    project.must("apply")
    assert project.run("plan", "--detailed-exitcode").returncode == 0


@pytest.mark.parametrize("added_at", ["", *APPLY_POINTS])
@pytest.mark.parametrize("removed_at", REMOVAL_POINTS)
def test_a_view_that_is_taken_away_and_comes_back(project, removed_at, added_at):
    """Rows go after the registry's commit: whatever is killed in between, no later life of the view shows them."""
    project.must("apply")
    project.must("run")
    project.write_online(77)
    whole(project.served(), 77)
    project.take_view_away()
    assert project.run("apply", "--yes", crash_at=removed_at).returncode == CRASHED
    project.define("0s")
    if removed_at == "apply.before_commit":
        project.must("apply")
        whole(project.served(), 77)
        return
    if added_at:
        assert project.run("apply", crash_at=added_at).returncode == CRASHED
        if added_at == "apply.before_commit":
            project.must("apply")
    else:
        project.must("apply")
    whole(project.served(), None)
    project.must("materialize-incremental", "2024-06-01")
    whole(project.served(), 1)


@pytest.mark.parametrize("point", RUN_POINTS)
def test_run(project, point):
    project.must("apply")
    project.must("run")
    whole(project.trained(), 1)
    whole(project.served(), 1)
    project.write(2)
    assert project.run("run", crash_at=point).returncode == CRASHED
    whole(project.trained(), 1, 2)
    whole(project.served(), 1, 2)
    project.must("run")
    whole(project.trained(), 2)
    whole(project.served(), 2)


@pytest.mark.parametrize("point", MATERIALIZE_POINTS)
def test_materialize(project, point):
    project.must("apply")
    project.must("materialize-incremental", "2024-06-01")
    whole(project.served(), 1)
    project.write(2)
    assert project.run("materialize-incremental", "2024-06-01", crash_at=point).returncode == CRASHED
    whole(project.served(), 1, 2)
    project.must("materialize-incremental", "2024-06-01")
    whole(project.served(), 2)


def test_a_crashed_run_is_told_as_interrupted(project):
    project.must("apply")
    project.run("run", crash_at="run.before_publish")
    assert "interrupted" in project.run("runs", "--json").stdout


def test_negative_control_a_mixture_is_noticed():
    with pytest.raises(AssertionError, match="mixture"):
        whole({1, 2}, 1, 2)
    with pytest.raises(AssertionError, match="not one of"):
        whole({3}, 1, 2)


def test_negative_control_a_point_that_is_not_there_does_not_crash(project):
    assert project.run("apply", crash_at="no.such.point").returncode == 0
