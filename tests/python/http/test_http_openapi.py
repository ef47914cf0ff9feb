"""The OpenAPI document says what the server does: schemathesis makes requests from it and checks every answer."""

import json
import os
import subprocess

from meters import Server
from property.seeds import CASES, SEED
from venvs import python_with

CONFIG = """
[checks]
enabled = false
not_a_server_error = {enabled = true, expected-statuses = ["2xx", "4xx", 501, 504]}
status_code_conformance = {enabled = true}
content_type_conformance = {enabled = true}
response_schema_conformance = {enabled = true}

[parameters]
"path.source" = "readings"
"path.view" = "reading"
"path.what" = ["views", "sources", "entities", "services", "aggregations", "expectations", "stores", "nothing"]
"path.name" = ["reading", "billing", "meter", "nobody"]
"path.id" = ["1", "2", "999", "x"]
"""  # both are documented: members of Feast's that mean what is not there yet, and timeout_ms = 1


def test_the_document_lists_every_route(server):
    document = json.loads(server.request("GET", "/openapi.json")[2])
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]["/v1/features"]["post"]["requestBody"]["content"]) == {
        "application/json",
        "application/vnd.apache.arrow.stream",
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            called = path.replace("{", "").replace("}", "")
            assert server.request(method.upper(), called, "{}" if method == "post" else None)[0] != 405, path
            other = "DELETE"
            status, headers, _ = server.request(other, called)
            assert (status, headers["Allow"]) == (405, method.upper()), path


def test_answers_conform_and_nothing_makes_the_server_fail(materialized, tmp_path):
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    with Server(materialized.folder) as server:
        tool = python_with("schemathesis").with_name("schemathesis")
        words = [
            f"--seed={SEED}",
            f"--max-examples={max(1, round(10 * CASES))}",
            "--phases=coverage,fuzzing",
            "--no-color",
        ]
        done = subprocess.run(
            [tool, "run", f"http://{server.address}/openapi.json", *words, "--request-timeout=30"],
            cwd=tmp_path,
            env=os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path / "hypothesis")},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert server.request("GET", "/health")[0] == 200
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
