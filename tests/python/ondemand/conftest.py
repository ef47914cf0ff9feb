import pytest
from weather import WeatherProject


@pytest.fixture
def weather(make_project):
    project = WeatherProject(make_project("weather"))
    yield project
    project.store.close()
