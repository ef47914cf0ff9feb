"""What all Python tests share: the import path of the oracle, the seed of random tests, and projects in tmp_path."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

# Programs that a test runs in a virtual environment of their own: what they import is not installed in this one.
collect_ignore_glob = ["clients/*"]


def pytest_report_header():
    from property.seeds import CASES, SEED

    return f"gnomon: GNOMON_SEED={SEED} GNOMON_CASES={CASES:g}"


@pytest.fixture
def make_project(tmp_path):
    """Makes empty project folders: make_project("name") -> Path."""

    def make(name="demo"):
        folder = tmp_path / name
        (folder / "data").mkdir(parents=True)
        return folder

    return make


@pytest.fixture
def drivers(make_project):
    """A view of drivers, one row a day of June 2024 for drivers 1 to 3: x = 100 * driver + day, name = "d<driver>"."""
    from drivers import DriversProject

    return DriversProject(make_project("drivers"))


@pytest.fixture(scope="session")
def redis(tmp_path_factory):
    """A Redis for all tests of a run; each project has keys of its own, by its name."""
    from redis_server import RedisServer

    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()
