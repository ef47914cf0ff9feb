"""A backup at any moment is one point between two writes; it is restored whole or not at all, and over nothing."""

import json
import shutil
import threading

import pytest
from meters import MetersProject, Server, hour, row

from gnomon import FeatureStore

ASKED = {"site": ["north"], "number": [7]}


@pytest.fixture(params=["embedded", "sqlite"])
def project(tmp_path, request):
    folder = tmp_path / "meters"
    folder.mkdir()
    (folder / "gnomon.yaml").write_text(f"project: meters\nonline_store: {request.param}\nserved_log: {{sample: 1}}\n")
    meters = MetersProject(folder)
    meters.run("apply")
    meters.run("run")
    return meters


def restored(project, backup, name="restored"):
    """The same definitions and data in another folder, with the state of the backup."""
    folder = project.folder.parent / name
    shutil.copytree(project.folder, folder, ignore=shutil.ignore_patterns(".gnomon"))
    copy = MetersProject.__new__(MetersProject)
    copy.folder = folder
    copy.run("restore", backup)
    return copy


def answers(project):
    with FeatureStore(repo_path=str(project.folder)) as store:
        rows = [{"site": "north", "number": 7}, {"site": "north", "number": 8}, {"site": "007", "number": 7}]
        served = store.get_online_features("billing", rows, as_of=hour(12)).to_dict(include_metadata=True)
        return json.dumps(served, default=str)


def test_a_restored_project_answers_as_the_one_that_was_backed_up(project):
    with FeatureStore(repo_path=str(project.folder), served_log=1.0) as store:
        store.push("readings", [row("north", 7, hour(11), 5.5, pulses=3)])
        store.get_online_features("billing", [{"site": "north", "number": 7}], as_of=hour(12))
    done = project.json("backup", project.folder.parent / "backup")
    assert done["files"] > 5 and done["sequence"] > 0
    before = answers(project)
    with FeatureStore(repo_path=str(project.folder)) as store:
        store.push("readings", [row("north", 7, hour(11, 30), 6.5)])  # not in it
    copy = restored(project, project.folder.parent / "backup")
    assert answers(copy) == before != answers(project)
    assert copy.json("verify")["all_match"] and copy.json("verify")["answers"] == 1
    assert copy.json("plan") == project.json("plan")
    assert len(copy.json("runs")) == len(project.json("runs"))
    assert copy.json("quarantine") == project.json("quarantine")
    copy.run("materialize-incremental", "2024-06-02")
    assert answers(copy) == before


def test_a_backup_of_a_project_that_is_being_written_to(project):
    """Every push that was acknowledged before the backup is in it; one that was under way may be, too."""
    with Server(project.folder) as server:
        pushed, stopped = [0], threading.Event()

        def push():
            while not stopped.is_set():
                number = pushed[0] + 1
                df = ASKED | {"at": ["2024-06-01T11:00:00Z"], "power": [float(number)]}
                server.post("/v1/push/readings", {"df": df})
                pushed[0] = number
                stopped.wait(0.1)

        writer = threading.Thread(target=push)
        writer.start()
        try:
            number = 0
            while number < 4 or (pushed[0] <= 4 and number < 40):
                number += 1
                before = pushed[0]
                project.run("backup", project.folder.parent / f"backup{number}")
                after = pushed[0] + 1
                copy = restored(project, project.folder.parent / f"backup{number}", f"copy{number}")
                with FeatureStore(repo_path=str(copy.folder), served_log=1.0) as store:
                    asked = {"site": "north", "number": 7}
                    [power] = store.get_online_features(["reading:power"], [asked], as_of=hour(12)).to_dict()["power"]
                    if power != 3.0:  # of the file: nothing was pushed yet
                        assert before <= power <= after
                    assert store.verify().all_match
                    store.materialize_incremental(hour(20))
                    [power] = store.get_online_features(["reading:power"], [asked], as_of=hour(12)).to_dict()["power"]
                    assert power == 3.0 or before <= power <= after
        finally:
            stopped.set()
            writer.join()
        assert pushed[0] > 4


def test_what_is_there_is_never_overwritten(project):
    backup = project.folder.parent / "backup"
    project.run("backup", backup)
    assert project.error("backup", backup)["id"] == "GN430"
    before = answers(project)
    assert project.error("restore", backup)["id"] == "GN434"
    assert answers(project) == before


@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_a_damaged_backup_is_refused_and_named(project, damage):
    backup = project.folder.parent / "backup"
    project.run("backup", backup)
    shutil.move(project.folder / ".gnomon", project.folder / "moved")
    files = sorted(file for file in (backup / "state").rglob("*") if file.is_file() and file.stat().st_size)
    for file in files[:: max(1, len(files) // 6)]:
        whole = file.read_bytes()
        if damage == "remove":
            file.unlink()
        else:
            middle = len(whole) // 2
            file.write_bytes(
                whole[:middle] + (bytes([whole[middle] ^ 1]) + whole[middle + 1 :] if damage == "flip" else b"")
            )
        error = project.error("restore", backup)
        assert error["id"] == "GN433" and file.name in error["message"]
        assert not (project.folder / ".gnomon").exists()
        file.write_bytes(whole)
    project.run("restore", backup)


def test_what_is_no_backup_is_refused(project, tmp_path):
    backup = tmp_path / "backup"
    project.run("backup", backup)
    contents = json.loads((backup / "backup.json").read_text())
    shutil.move(project.folder / ".gnomon", project.folder / "moved")

    def refused(text):
        (backup / "backup.json").write_text(text)
        return project.error("restore", backup)["id"]

    assert refused("{") == refused("{}") == "GN431"
    assert refused(json.dumps(contents | {"format": 2})) == "GN432"
    outside = {"../../etc/passwd": {"size": 1, "hash": ""}, "/etc/passwd": {"size": 1, "hash": ""}}
    for path, file in outside.items():
        assert refused(json.dumps(contents | {"files": {path: file}})) == "GN431"
    (backup / "backup.json").unlink()
    assert project.error("restore", backup)["id"] == "GN431"
    assert project.error("backup", tmp_path / "other")["id"] == "GN100"


def test_a_store_in_redis_is_said_not_to_be_in_it(project):
    (project.folder / "gnomon.yaml").write_text("project: meters\nonline_store: redis\n")
    done = project.run("backup", project.folder.parent / "backup")
    assert "the online store in Redis is not among them" in done.stdout
