"""gRPC asks who calls as HTTP does: the same keys, the same limits, the same audit log."""

import grpc
import pytest
from feast_grpc import FeastGrpc, repeated, vectors
from guarded import AS_OF
from meters import Server

ASKED = {"site": repeated("string_val", ["north"]), "number": repeated("int64_val", [7])}
NOBODY, NOT_KNOWN, MAY_NOT, NOT_OF_THIS = "GN640", "GN641", "GN642", "GN643"


@pytest.fixture
def keys(guarded):
    words = {
        "all": ("--role", "admin"),
        "reader": ("--role", "reader"),
        "describes": ("--allow", "describe"),
        "writes": ("--allow", "write_online"),
        "one": ("--role", "reader", "--views", "reading"),
        "service": ("--role", "reader", "--services", "mixed"),
        "elsewhere": ("--role", "reader", "--for-project", "another"),
        "revoked": ("--role", "reader"),
    }
    made = {name: guarded.key(name, *more)["Authorization"] for name, more in words.items()}
    guarded.run("key", "revoke", "revoked")
    return made | {"wrong": "Bearer gn_wrong", "nobody": None}


@pytest.fixture
def server(guarded, keys):
    with Server(guarded.folder, "--grpc-port", "0") as running:
        yield running


def outcome(call):
    """The answer, or the id of the error; its gRPC status is that of its code."""
    try:
        return call()
    except grpc.RpcError as error:
        named = error.details().split(" ")[0]
        unauthenticated = named in (NOBODY, NOT_KNOWN)
        expected = grpc.StatusCode.UNAUTHENTICATED if unauthenticated else grpc.StatusCode.PERMISSION_DENIED
        assert error.code() == expected, error
        return named


def outcomes(server, keys, call):
    found = {}
    for name, key in keys.items():
        with FeastGrpc(server.grpc_address, key) as client:
            found[name] = outcome(lambda client=client: call(client))
    return found


def expected(allowed, answer, **refused):
    unknown = {"nobody": NOBODY, "wrong": NOT_KNOWN, "revoked": NOT_KNOWN}
    everybody = {"all", "reader", "describes", "writes", "one", "service", "elsewhere"}
    return dict.fromkeys(everybody, MAY_NOT) | unknown | refused | dict.fromkeys(allowed, answer)


def test_who_may_read_its_view(server, keys):
    found = outcomes(
        server, keys, lambda client: vectors(client.get_online_features(["reading:power"], ASKED, as_of=AS_OF))
    )
    answer = found["all"]
    assert answer["power"][0][1] == "PRESENT"
    assert found == expected({"all", "reader", "one"}, answer, service=NOT_OF_THIS, elsewhere=NOT_OF_THIS)


def test_limits_reach_through_services_and_computed_features(server, keys):
    by_service = outcomes(
        server, keys, lambda client: len(client.get_online_features("mixed", ASKED, as_of=AS_OF).results)
    )
    limited = {"one": NOT_OF_THIS, "service": NOT_OF_THIS, "elsewhere": NOT_OF_THIS}
    assert by_service == expected({"all", "reader", "service"}, 4, **limited)
    computed = outcomes(
        server, keys, lambda client: len(client.get_online_features(["leak"], ASKED, as_of=AS_OF).results)
    )
    assert computed == expected({"all", "reader"}, 3, **limited)


def test_who_may_ask_about_the_server(server, keys):
    found = outcomes(server, keys, FeastGrpc.info)
    answer = found["all"]
    assert answer.startswith("gnomon ")
    assert found == expected({"all", "reader", "describes", "one", "service"}, answer, elsewhere=NOT_OF_THIS)


def test_denials_are_in_the_audit_log(guarded, server, keys):
    with FeastGrpc(server.grpc_address, keys["one"]) as client:
        assert outcome(lambda: client.get_online_features(["secret:pulses"], ASKED, as_of=AS_OF)) == NOT_OF_THIS
    server.stop()
    [line] = [line for line in guarded.audit() if line["outcome"] == "denied"]
    assert line["principal"] == "key one" and line["action"] == "read_online"
    assert "GetOnlineFeatures" in line["resource"] and "secret:pulses" in line["resource"]
    assert line["peer"].startswith("ipv4:127.0.0.1:")
    assert keys["one"] not in str(guarded.audit())


def test_without_tls_it_listens_on_no_other_address(guarded, keys):
    error = guarded.error("serve", "--host", "0.0.0.0", "--port", "0", "--grpc-port", "0")
    assert error["id"] == "GN601"
