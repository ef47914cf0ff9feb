"""gnomon.functions is the engine's table of functions: none is missing on either side."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gnomon import functions as fn

ROOT = Path(__file__).resolve().parents[3]


def infos():
    from gnomon._gnomon import functions_json

    return json.loads(functions_json())


def test_every_function_of_the_engine_is_there_and_no_other():
    by_hand = {"case", "column", "if_else", "is_in", "is_null"}
    assert set(fn.__all__) == {info["name"] for info in infos()} | by_hand
    for name in fn.__all__:
        assert getattr(fn, name).__doc__


def test_the_module_is_what_the_tool_writes():
    check = subprocess.run([sys.executable, ROOT / "tools/functions", "--check"], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("name", ["abs", "coalesce", "hash_bucket", "substr", "truncate"])
def test_docs_say_what_and_show_an_example(name):
    info = next(info for info in infos() if info["name"] == name)
    doc = " ".join(getattr(fn, name).__doc__.split())
    assert " ".join(info["description"].split()) in doc
    assert f">>> fn.{name}(" in doc or f">>> print(fn.{name}(" in doc
