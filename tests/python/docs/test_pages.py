"""README, docs/start and other pages are programs: files are written, commands run, what is shown is printed."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from meters import GNOMON, Server

ROOT = Path(__file__).resolve().parents[3]
README = ROOT / "README.md"
START = ROOT / "docs" / "start" / "README.md"
SERVING = ROOT / "docs" / "serving.md"
WINDOWS = ROOT / "docs" / "windows.md"
VERIFY = ROOT / "docs" / "verify.md"
FUNCTIONS = re.compile(
    r"(?<=<!-- gnomon list aggregations: begin -->\n).*?(?=<!-- gnomon list aggregations: end -->)", re.S
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.S | re.M)
COMMAND_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def play(page: str, folder: Path) -> str:
    """What the page prints: a python block is the file that its first line names, a bash block is run."""
    environment = os.environ | {"PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"}
    printed = []
    for language, text in BLOCK.findall(page):
        if language == "python":
            (folder / text.splitlines()[0].removeprefix("# ")).write_text(text)
        if language != "bash":
            continue
        script = f"set -em\n{text}\npwd >{folder / '.here'}\n"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        printed.append(done.stdout)
        here = Path((folder / ".here").read_text().strip())
        (folder / ".here").unlink()
        folder = here
    return "".join(printed)


def test_the_start_page_does_what_it_says(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; the page calls the server with it")
    page = START.read_text().replace("6566", str(free_port()))
    printed = play(page, tmp_path)
    training_set = re.search(r"shape: \(4, 4\).*?└", printed, re.S)
    assert training_set, printed
    assert re.findall(r"(\S+) +│$", training_set.group(), re.M)[-4:] == ["10.0", "12.5", "null", "null"]
    assert '"PRESENT"' in printed and '"OUTSIDE_MAX_AGE"' not in printed


def test_the_readme_shows_what_is_printed(tmp_path: Path) -> None:
    page = README.read_text()
    shown = [text for language, text in BLOCK.findall(page) if language == "text"]
    assert shown
    printed = play(page, tmp_path)
    for text in shown:
        assert text in printed, printed


def test_the_page_about_serving_shows_what_is_answered_in_the_readmes_project(tmp_path: Path) -> None:
    page = SERVING.read_text()
    (exchange,) = [text for language, text in BLOCK.findall(page) if language == "text"]
    asked, shown = exchange.split("\n", 1)
    body = re.search(r"/v1/features -d '(.*)'$", asked)
    assert body
    play(README.read_text(), tmp_path)
    with Server(tmp_path / "shop") as server:
        status, _, answer = server.request("POST", "/v1/features", body.group(1))
        assert (status, json.loads(answer)) == (200, json.loads(shown))
        described = json.loads(server.request("GET", "/openapi.json")[2])["paths"]
    for path in described:
        assert path in page, f"docs/serving.md does not list {path}"


def test_the_page_about_windows_shows_what_is_printed(tmp_path: Path) -> None:
    page = WINDOWS.read_text()
    (shown,) = [text for language, text in BLOCK.findall(page) if language == "text"]
    printed = play(page, tmp_path)
    assert shown in printed, printed


def test_the_page_about_verify_shows_what_is_printed(tmp_path: Path) -> None:
    page = VERIFY.read_text()
    (shown,) = [text for language, text in BLOCK.findall(page) if language == "text"]
    printed = play(page, tmp_path)
    assert shown in printed, printed


def functions_table(rows: list[dict[str, Any]]) -> str:
    """The functions as docs/windows.md has them."""
    lines = ["| function | of | result | parameters | what it is | example |", "|---|---|---|---|---|---|"]
    for row in rows:
        cells = [f"`{row['name']}`", row["inputs"], row["result"], ", ".join(f"`{p}`" for p in row["parameters"])]
        lines.append(
            "| " + " | ".join([*cells, row["description"], f"`{row['example']}`"]).replace("|  |", "| |") + " |"
        )
    return "".join(line + "\n" for line in lines)


def test_the_page_about_windows_lists_every_function(tmp_path: Path) -> None:
    listed = subprocess.run(
        [GNOMON, "list", "aggregations", "--json"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    rows = json.loads(listed.stdout)
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    assert set(rows[0]) == {"name", "inputs", "result", "parameters", "description", "example"}
    (shown,) = FUNCTIONS.findall(WINDOWS.read_text())
    assert shown == functions_table(rows), f"docs/windows.md should have\n{functions_table(rows)}"


def test_a_page_whose_command_fails_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        play("```bash\nfalse\ntrue\n```\n", tmp_path)
