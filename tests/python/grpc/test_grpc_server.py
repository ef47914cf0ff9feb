"""gRPC as part of the server: its address, health, metrics, the log of answers, the end, and what it links."""

import signal
import socket
import threading
import time

import grpc
import pytest
from feast_grpc import FeastGrpc, repeated, vectors
from meters import MetersProject, Server, hour, row

AT = "2024-06-01T08:30:00Z"
ASKED = {"site": repeated("string_val", ["north", "north"]), "number": repeated("int64_val", [7, 8])}


def mapped(server):
    """The libraries in the server's process."""
    with open(f"/proc/{server.process.pid}/maps") as maps:
        return {line.rsplit("/", 1)[1].split(".so")[0] for line in maps if ".so" in line}


@pytest.fixture
def fresh(tmp_path):
    meters = MetersProject(tmp_path)
    meters.run("apply")
    return meters


def test_health(client):
    check = client.channel.unary_unary("/grpc.health.v1.Health/Check")
    serving = b"\x08\x01"
    assert check(b"") == serving
    assert check(b"\x0a\x1cfeast.serving.ServingService") == serving
    with pytest.raises(grpc.RpcError) as raised:
        check(b"\x0a\x05other")
    assert raised.value.code() == grpc.StatusCode.NOT_FOUND


def test_reflection_knows_the_service(client):
    reflect = client.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
    listed, described = reflect(iter([b"\x3a\x01*", b"\x22\x1cfeast.serving.ServingService"]))
    assert b"feast.serving.ServingService" in listed and b"grpc.health.v1.Health" in listed
    assert b"GetOnlineFeaturesRequest" in described


def test_calls_are_counted_and_logged(project, server, client):
    before = server.request("GET", "/metrics")[2]
    client.get_online_features(["reading:power"], ASKED, as_of=AT)
    with pytest.raises(grpc.RpcError):
        client.get_online_features(["ghost:x"], ASKED)
    after = server.request("GET", "/metrics")[2]

    def gained(name):
        def value(text):
            found = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith(name + " ")]
            return float(found[0]) if found else 0

        return value(after) - value(before)

    method = 'method="gRPC",route="/feast.serving.ServingService/GetOnlineFeatures"'
    assert gained(f'gnomon_requests_total{{{method},code="200"}}') == 1
    assert gained(f'gnomon_requests_total{{{method},code="404"}}') == 1
    assert gained(f'gnomon_request_stage_seconds_count{{{method},stage="work"}}') == 2
    assert gained('gnomon_errors_total{id="GN102"}') == 1
    assert gained('gnomon_feature_values_total{feature="power",status="PRESENT"}') == 2
    assert gained('gnomon_served_log_answers_total{outcome="logged"}') == 1
    report = project.json("verify")
    assert report["all_match"] and report["answers"] >= 1


def test_not_there_unless_asked_for(fresh):
    with Server(fresh.folder) as server:
        assert not {name for name in mapped(server) if "grpc" in name}


def test_grpc_brings_no_second_regex_engine(server):
    """Arrow's libraries export symbols of the ones that they bundle: with another version beside it, one crashes."""
    libraries = mapped(server)
    assert {"gnomon_grpc", "libgrpc++_unsecure"} <= libraries
    assert not libraries & {"libre2", "libgrpc++", "libgrpc", "libsimdjson"}


def test_checks_and_files_work_in_the_process_that_serves_grpc(tmp_path):
    meters = MetersProject(tmp_path)
    (tmp_path / "data" / "plates.csv").write_text(
        "car,at,plate\n1,2024-06-01T00:00:00Z,AB-123\n2,2024-06-01T00:00:00Z,\u00e9\u00e9\n3,2024-06-01T00:00:00Z,zz-9\n"
    )
    (tmp_path / "features" / "cars.yaml").write_text(
        "entities: [{name: car, join_keys: [car]}]\n"
        "sources:\n"
        "  - file: {name: plates, path: data/plates.csv, timestamp_field: at,\n"
        "      expect: [{regex: {column: plate, pattern: '^(?i:[A-Z]{2})-\\d+$'}, on_fail: quarantine}]}\n"
        "feature_views:\n"
        "  - {name: cars, entities: [car], source: plates, schema: [{name: plate, dtype: String}]}\n"
    )
    meters.run("apply")
    cars = {"car": repeated("int64_val", [1, 2, 3])}
    with Server(tmp_path, "--grpc-port", "0") as server, FeastGrpc(server.grpc_address) as client:
        client.get_online_features(["cars:plate"], cars)
        status, _, text = server.request("POST", "/v1/run", {})
        assert status == 200, text
        got = vectors(client.get_online_features(["cars:plate"], cars))
        assert [value for value, _, _ in got["plate"]] == ["AB-123", None, "zz-9"]
        got = vectors(client.get_online_features(["reading:power"], ASKED, as_of=AT))
        assert got["power"][0][0] == 1.0
        quarantined = server.request("GET", "/v1/quarantine?name=plates")[2]
        assert quarantined.count("\u00e9\u00e9") >= 1 and "AB-123" not in quarantined


def test_a_port_that_is_taken_is_an_error(fresh):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = fresh.run("serve", "--port", "0", "--grpc-port", port, code=1)
    assert "GN602" in done.stderr and "--grpc-port" in done.stderr
    assert "GN601" in fresh.run("serve", "--port", "0", "--grpc-port", "0", "--host", "0.0.0.0", code=1).stderr


def test_no_module_no_grpc(fresh):
    done = fresh.run("serve", "--port", "0", "--grpc-port", "0", code=1, env={"GNOMON_GRPC_MODULE": "/nowhere.so"})
    assert "GN650" in done.stderr and "/nowhere.so" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_answers_what_has_begun(fresh, how):
    """Every answer that was made has reached its caller; what came too late was refused; the process ends well."""
    (fresh.folder / "gnomon.yaml").write_text("served_log: {sample: 1, roll_every: 1h}\n")
    fresh.write([row("north", number, hour(8), 1.0) for number in range(1000)])
    fresh.run("materialize", "2024-06-01", "2024-06-02")
    rows = 2_000
    asked = {"site": repeated("string_val", ["north"] * rows), "number": repeated("int64_val", range(rows))}
    outcomes, began = [], threading.Barrier(5)
    server = Server(fresh.folder, "--grpc-port", "0")

    def ask():
        with FeastGrpc(server.grpc_address) as client:
            client.info()
            began.wait()
            try:
                while True:
                    got = client.get_online_features(["reading:power"], asked, as_of=AT)
                    outcomes.append(len(got.results[2].values) == rows)
            except grpc.RpcError as error:
                outcomes.append(error.code())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    began.wait()
    while outcomes.count(True) < 8:
        time.sleep(0.001)
    assert server.stop(how) == 0
    for thread in threads:
        thread.join()
    # gRPC resets the stream of a call that crosses its goodbye, which its clients call CANCELLED.
    assert set(outcomes) <= {True, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}, outcomes
    report = fresh.json("verify")
    assert report["all_match"] and 8 <= report["answers"] <= outcomes.count(True)


def test_whoever_watches_does_not_hold_up_the_end(fresh):
    """Streams of health and reflection may stay open for as long as the server runs, and no longer."""
    server, never = Server(fresh.folder, "--grpc-port", "0"), threading.Event()

    def questions():
        yield b"\x3a\x01*"
        never.wait()

    with FeastGrpc(server.grpc_address) as client:
        watched = client.channel.unary_stream("/grpc.health.v1.Health/Watch")(b"")
        assert next(watched) == b"\x08\x01"
        reflect = client.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        reflected = reflect(questions())
        assert next(reflected)
        assert server.stop() == 0
        with pytest.raises(grpc.RpcError):
            list(watched)
        with pytest.raises(grpc.RpcError):
            list(reflected)
        never.set()
