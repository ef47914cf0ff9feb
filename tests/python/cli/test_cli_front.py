"""The command line before any project is opened: help, usage errors, speed."""

import json

import pytest

COMMANDS = [
    "init",
    "plan",
    "apply",
    "run",
    "runs",
    "validate",
    "dataset",
    "materialize",
    "materialize-incremental",
    "compact",
    "push",
    "get",
    "serve",
    "quarantine",
    "list",
    "describe",
    "doctor",
    "version",
]


def test_help_lists_every_command(meters):
    text = meters.run("--help").stdout
    listed = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    assert set(COMMANDS) <= set(listed)
    assert "Exit codes" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_takes_json_and_project(meters, command):
    text = meters.run(command, "--help").stdout
    assert "--json" in text
    assert "--project" in text


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["plan", "--nonsense"],
        ["get"],
        ["get", "reading"],
        ["get", "reading", "north"],
        ["get", "reading", "site=a", "site=b"],
        ["dataset", "billing", "-o", "x.parquet"],
        ["dataset", "--spine", "x.parquet", "-o", "x.parquet"],
        ["dataset", "billing", "--features", "reading", "--spine", "x.parquet", "-o", "x.parquet"],
        ["push", "readings", "x.parquet", "--to", "nowhere"],
        ["serve", "--port", "seventy"],
        ["serve", "--port", "70000"],
        ["init", "--template", "other"],
        ["runs", "first"],
    ],
)
def test_usage_errors_exit_with_2(meters, words):
    done = meters.run(*words, code=2)
    assert done.stdout == ""
    assert done.stderr.startswith("error: GN700 ")
    assert json.loads(meters.run(*words, "--json", code=2).stderr)["id"] == "GN700"


def test_errors_go_to_stderr_and_exit_with_1(meters):
    done = meters.run("plan", "--project", "/nowhere", code=1)
    assert done.stdout == ""
    assert done.stderr.startswith("error: GN100 ")
    error = meters.error("plan", "--project", "/nowhere")
    assert set(error) == {"code", "id", "message", "where", "hint"}
    assert error["code"] == "NotFound"


def test_project_may_be_named_from_elsewhere(applied, tmp_path):
    done = applied.run("list", "views", "--project", applied.folder, cwd=tmp_path)
    assert "reading" in done.stdout


def test_version(meters):
    assert meters.run("version").stdout.startswith("gnomon ")
    assert set(meters.json("version")) == {"gnomon", "arrow"}
