import pytest
from feast_grpc import FeastGrpc
from meters import MetersProject, Server


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A materialized project that logs every answer, with an on-demand view over its rows and the request."""
    folder = tmp_path_factory.mktemp("meters")
    (folder / "gnomon.yaml").write_text("served_log: {sample: 1, roll_every: 1h}\n")
    meters = MetersProject(folder)
    (folder / "features" / "made.yaml").write_text(
        "sources:\n"
        "  - request: {name: asked, schema: [{name: more, dtype: Int64}, {name: label, dtype: String}]}\n"
        "on_demand_feature_views:\n"
        "  - {name: made, sources: [reading, asked], features: {sum: pulses + more, said: label}}\n"
    )
    meters.run("apply")
    meters.run("materialize", "2024-06-01", "2024-06-02")
    return meters


@pytest.fixture(scope="module")
def server(project):
    with Server(project.folder, "--grpc-port", "0") as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    with FeastGrpc(server.grpc_address) as connected:
        yield connected
