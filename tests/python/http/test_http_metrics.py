"""/metrics in Prometheus' text format: the counts are those of what was asked."""

import re

AT = "2024-06-01T08:30:00Z"
LINE = re.compile(r'(?P<name>[a-z_]+)(?:\{(?P<labels>(?:[a-z]+="[^"\\\n]*",?)*)\})? (?P<value>[0-9.e+-]+|\+Inf)')


def samples(server):
    """Every sample as {(name, labels): value}; fails on a line that is not of the format."""
    status, headers, text = server.request("GET", "/metrics")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert text.endswith("\n")
    found, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, f"{name} is described twice"
            types[name] = kind
        elif not line.startswith("# HELP "):
            match = LINE.fullmatch(line)
            assert match, line
            base = re.sub(r"_(bucket|sum|count)$", "", match["name"])
            assert match["name"] in types or types[base] == "histogram", line
            key = (match["name"], match["labels"] or "")
            assert key not in found, f"{key} is there twice"
            found[key] = float(match["value"])
    return found


def ask(server, numbers, features=("reading:power",), status=200):
    entities = {"site": ["north"] * len(numbers), "number": numbers}
    return server.post(
        "/get-online-features", {"features": list(features), "entities": entities, "as_of": AT}, status=status
    )


def test_requests_values_ages_and_errors(server):
    ask(server, [7, 8, 99])
    ask(server, [7])
    ask(server, [7], ["nobody:x"], status=404)
    server.request("GET", "/nowhere")
    got = samples(server)
    route = 'method="POST",route="/get-online-features"'
    assert got["gnomon_requests_total", f'{route},code="200"'] == 2
    assert got["gnomon_requests_total", f'{route},code="404"'] == 1
    assert got["gnomon_requests_total", 'method="",route="",code="404"'] == 1
    assert got["gnomon_errors_total", 'id="GN102"'] == 1
    assert got["gnomon_feature_values_total", 'feature="power",status="PRESENT"'] == 3
    assert got["gnomon_feature_values_total", 'feature="power",status="NOT_FOUND"'] == 1
    assert got["gnomon_feature_age_seconds_count", 'feature="power"'] == 3
    assert got["gnomon_feature_age_seconds_sum", 'feature="power"'] == 3 * 1800
    assert got["gnomon_feature_age_seconds_bucket", 'feature="power",le="600"'] == 0
    assert got["gnomon_feature_age_seconds_bucket", 'feature="power",le="3600"'] == 3
    for stage in ("read", "queue", "work", "write"):
        labels = f'{route},stage="{stage}"'
        assert got["gnomon_request_stage_seconds_count", labels] == 3
        assert got["gnomon_request_stage_seconds_bucket", f'{labels},le="+Inf"'] == 3
        assert 0 <= got["gnomon_request_stage_seconds_sum", labels] < 60
    assert got["gnomon_connections", ""] == 1
    assert got["gnomon_admission_refused_total", 'reason="queue_time"'] == 0


def test_buckets_only_grow(server):
    ask(server, [7])
    buckets = [
        value
        for (name, labels), value in samples(server).items()
        if name == "gnomon_request_stage_seconds_bucket" and 'features",stage="work"' in labels
    ]
    assert len(buckets) == 15
    assert buckets == sorted(buckets)
