import pytest
from meters import MetersProject, Server


@pytest.fixture
def materialized(tmp_path):
    """A project whose online store holds the sample rows."""
    folder = tmp_path / "meters"
    folder.mkdir()
    meters = MetersProject(folder)
    meters.run("apply")
    meters.run("materialize", "2024-06-01", "2024-06-02")
    return meters


@pytest.fixture
def server(materialized):
    with Server(materialized.folder) as running:
        yield running
