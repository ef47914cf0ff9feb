import pytest
from meters import MetersProject


@pytest.fixture
def meters(tmp_path):
    """A project that nobody has applied yet."""
    folder = tmp_path / "meters"
    folder.mkdir()
    return MetersProject(folder)


@pytest.fixture
def applied(meters):
    meters.run("apply")
    return meters
