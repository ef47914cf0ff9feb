"""What a gRPC request can say: typed values, columns of the request, instants, deadlines, and what is refused."""

import grpc
import pytest
from feast_grpc import message, messages, repeated, vectors

AT = "2024-06-01T08:30:00Z"


def entities(sites=("north",), numbers=(7,), **fields):
    return {"site": repeated("string_val", sites), "number": repeated(fields.get("number", "int64_val"), numbers)}


def refused(call):
    with pytest.raises(grpc.RpcError) as raised:
        call()
    return raised.value.code().name, raised.value.details()


def mixed(*values):
    value = messages()["feast.types.Value"]
    return message("feast.types.RepeatedValue", val=[value(**one) for one in values])


def test_keys_of_other_widths_and_nulls(client):
    for field in ("int64_val", "int32_val", "double_val"):
        got = vectors(client.get_online_features(["reading:power"], entities(number=field), as_of=AT))
        assert got["power"] == [(1.0, "PRESENT", 1717228800000000)], field
    nulls = entities(["north", None, "north"], [7, 7, None])
    got = vectors(client.get_online_features(["reading:power"], nulls, as_of=AT))
    assert [status for _, status, _ in got["power"]] == ["PRESENT", "NOT_FOUND", "NOT_FOUND"]
    assert got["site"] == [("north", "PRESENT", 0), (None, "PRESENT", 0), ("north", "PRESENT", 0)]
    named = mixed({"string_val": "north"}, {"null_val": 0})
    answer = client.get_online_features(["reading:power"], entities(numbers=[7, 7]) | {"site": named}, as_of=AT)
    assert vectors(answer)["site"][1][0] is None


def test_columns_of_the_request_are_exact(client):
    """Beyond 2**53 a number that went through a float would be another one."""
    context = {"more": repeated("int64_val", [2**62 + 1, None]), "label": repeated("string_val", ["é", ""])}
    asked = entities(["north", "north"], [7, 7])
    got = vectors(client.get_online_features(["made:sum", "made:said"], asked, request_context=context, as_of=AT))
    assert [value for value, _, _ in got["sum"]] == [2**62 + 1 + 2**53 + 1, None]
    assert [value for value, _, _ in got["said"]] == ["é", ""]
    # Among the entities they do, too, as over HTTP.
    same = vectors(client.get_online_features(["made:sum"], asked | context, as_of=AT))
    assert same["sum"] == got["sum"]
    lost = {"more": repeated("int64_val", [2**63 - 1]), "label": repeated("string_val", ["a"])}
    got = vectors(client.get_online_features(["made:sum"], entities(), request_context=lost, as_of=AT))
    assert got["sum"][0][:2] == (None, "INVALID")


def test_no_rows(client):
    got = vectors(client.get_online_features(["reading:power"], entities([], [])))
    assert got == {"number": [], "site": [], "power": []}


@pytest.mark.parametrize(
    ("columns", "code", "says"),
    [
        ({"number": mixed({"int64_val": 7}, {"string_val": "7"})}, "INVALID_ARGUMENT", "GN612"),
        ({"number": mixed({"int64_val": 7}, {"double_val": 7})}, "INVALID_ARGUMENT", "row 1"),
        ({"number": repeated("int64_val", [7, 8, 9])}, "INVALID_ARGUMENT", "same length"),
        ({"number": mixed({"uuid_val": "7"}, {"uuid_val": "8"})}, "UNIMPLEMENTED", "uuid"),
        ({"number": mixed({"int64_list_val": {"val": [7]}}, {})}, "INVALID_ARGUMENT", "lists"),
        ({"number": mixed({"unix_timestamp_val": 2**62}, {})}, "INVALID_ARGUMENT", "out of range"),
    ],
)
def test_columns_that_are_refused(client, columns, code, says):
    asked = entities(["north", "north"], [7, 7]) | columns
    got, text = refused(lambda: client.get_online_features(["reading:power"], asked))
    assert got == code and text.startswith("GN") and says in text


def test_a_type_of_a_later_feast_is_no_null(client):
    unknown = messages()["feast.types.Value"].FromString(bytes([0xA2, 0x06, 0x01, 0x37]))  # field 100, text
    asked = entities() | {"number": message("feast.types.RepeatedValue", val=[unknown])}
    got, text = refused(lambda: client.get_online_features(["reading:power"], asked))
    assert (got, text[:5]) == ("INVALID_ARGUMENT", "GN612")


def test_requests_that_are_refused(client):
    def ask(**more):
        return client.get_online_features(["reading:power"], entities(), **more)

    assert refused(lambda: ask(as_of="soon"))[1].startswith("GN113")
    assert refused(lambda: ask(include_feature_view_version_metadata=True))[0] == "UNIMPLEMENTED"
    assert "both" in refused(lambda: ask(request_context={"site": repeated("string_val", ["a"])}))[1]
    raw = client.channel.unary_unary("/feast.serving.ServingService/GetOnlineFeatures")
    assert refused(lambda: raw(b"\xff\xff\xff"))[1].startswith("GN651")
    nowhere = client.channel.unary_unary("/feast.serving.ServingService/Nothing")
    assert refused(lambda: nowhere(b""))[0] == "UNIMPLEMENTED"


def test_a_large_request_and_one_that_is_too_large(client):
    rows = 100_000
    asked = entities(["north"] * rows, range(rows))
    got = client.get_online_features(["reading:power"], asked, as_of=AT)
    assert len(got.results[2].values) == rows and got.results[2].values[7].double_val == 1.0
    too_large = entities(["x" * (17 * 1024 * 1024)])
    assert refused(lambda: client.get_online_features(["reading:power"], too_large))[0] == "RESOURCE_EXHAUSTED"


def test_a_deadline_that_cannot_be_met_and_one_that_can(client):
    rows = 200_000
    asked = entities(["north"] * rows, range(rows))
    assert refused(lambda: client.get_online_features("billing", asked, timeout=0.01))[0] == "DEADLINE_EXCEEDED"
    got = vectors(client.get_online_features(["reading:power"], entities(), as_of=AT, timeout=60))
    assert got["power"][0][0] == 1.0
