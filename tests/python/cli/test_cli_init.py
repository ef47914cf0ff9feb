import pytest
from meters import MetersProject


def test_empty(meters, tmp_path):
    answer = meters.json("init", tmp_path / "new-project", "--template", "empty")
    assert answer["files"] == [".gitignore", "gnomon.yaml"]
    assert (tmp_path / "new-project" / "gnomon.yaml").read_text() == "project: new_project\n"
    assert ".gnomon/" in (tmp_path / "new-project" / ".gitignore").read_text()
    assert (tmp_path / "new-project" / "features").is_dir()
    assert meters.run("plan", "--project", tmp_path / "new-project").returncode == 0


def test_flights_are_definitions_without_data(meters, tmp_path):
    text = meters.run("init", tmp_path / "f").stdout
    assert "features/delay.py" in text
    made = {path.relative_to(tmp_path / "f").parts[0] for path in (tmp_path / "f").rglob("*")}
    assert made == {".gitignore", "features", "gnomon.yaml", "prepare.py"}


def test_nothing_is_overwritten(meters):
    (meters.folder / "gnomon.yaml").write_text("project: mine\n")
    error = meters.error("init", meters.folder, "--template", "empty")
    assert error["id"] == "GN702"
    assert (meters.folder / "gnomon.yaml").read_text() == "project: mine\n"
    assert not (meters.folder / ".gitignore").exists()


@pytest.mark.parametrize("name", ["7days", "Zürich", "a b"])
def test_a_project_is_named_after_its_folder(tmp_path, name):
    folder = tmp_path / "meters"
    folder.mkdir()
    meters = MetersProject(folder)
    meters.run("init", tmp_path / name, "--template", "empty")
    meters.run("apply", "--project", tmp_path / name)
