"""tools/tidy must find what it says it finds: a clean tree passes, and each way to spoil it is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TIDY = Path(__file__).resolve().parents[3] / "tools" / "tidy"

HEADER = "// Rows of features.\n// Thread-safety: pure functions.\n#pragma once\n\n#include <string>\n"
CLEAN = {
    "include/gnomon/rows.h": HEADER,
    "src/base/README.md": "# base\n",
    "src/base/bytes.h": "// Bytes.\n#pragma once\n",
    "src/stores/README.md": "# stores\n",
    "src/stores/embedded.cc": '#include <rocksdb/db.h>\n#include "base/bytes.h"\n#include "gnomon/rows.h"\n',
    "src/engine/README.md": "# engine\n",
    "src/engine/plan.cc": '#include <nlohmann/json.hpp>\n#include "stores/embedded.h"\n',
    "python/gnomon/store.py": '"""No pickled anything."""\n',
}


def run(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, TIDY, root], capture_output=True, text=True, check=False)


def plant(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def long_function(lines: int) -> str:
    return "int f(int x) {\n" + "  x += 1;\n" * (lines - 2) + "}\n"


def test_a_clean_tree_passes(tmp_path: Path) -> None:
    plant(tmp_path, CLEAN)
    result = run(tmp_path)
    assert result.returncode == 0, result.stdout
    assert f"{len(CLEAN)} files, 0 findings" in result.stdout


def test_an_empty_tree_is_an_error_not_a_pass(tmp_path: Path) -> None:
    assert run(tmp_path).returncode == 2


SPOILED = {
    "a room includes a sibling": ("src/stores/a.cc", '#include "features/join.h"\n', "layer"),
    "a lower room includes a higher one": ("src/base/a.cc", '#include "data/cast.h"\n', "layer"),
    "base knows the data model": ("src/base/a.cc", "#include <arrow/api.h>\n", "layer"),
    "the registry includes the engine": ("src/registry/a.cc", '#include "engine/engine.h"\n', "layer"),
    "a face reaches below the engine": ("src/serve/a.cc", '#include "stores/embedded.h"\n', "layer"),
    "the contract includes a room": ("include/gnomon/a.h", HEADER + '#include "base/bytes.h"\n', "layer"),
    "the contract costs every includer seconds": ("include/gnomon/a.h", HEADER + "#include <arrow/api.h>\n", "layer"),
    "a room nobody planned": ("src/attic/a.cc", "\n", "layer"),
    "a library in two files": ("src/stores/b.cc", "#include <rocksdb/options.h>\n", "third-party"),
    "a library in a header": ("src/stores/b.h", "// B.\n#pragma once\n#include <re2/re2.h>\n", "third-party"),
    "JSON in a header": ("src/engine/b.h", "// B.\n#pragma once\n#include <nlohmann/json.hpp>\n", "third-party"),
    "JSON in a room that has no business with it": (
        "src/features/b.cc",
        "#include <nlohmann/json.hpp>\n",
        "third-party",
    ),
    "GoogleTest outside tests": ("src/stores/b.cc", "#include <gtest/gtest.h>\n", "third-party"),
    "nanobind outside the bindings": ("src/engine/b.cc", "#include <nanobind/nanobind.h>\n", "third-party"),
    "a long function": ("src/stores/a.cc", "namespace gnomon {\n" + long_function(71) + "}\n", "function-size"),
    "a long constructor": (
        "src/stores/a.cc",
        "A::A() : a_{1}, b_(2) {\n" + "  f();\n" * 70 + "}\n",
        "function-size",
    ),
    "a long test": ("tests/unit/a.cc", "TEST(A, B) {\n" + "  f({1});\n" * 70 + "}\n", "function-size"),
    "a long Python function": ("python/gnomon/a.py", "def f():\n" + "    x = 1\n" * 70, "function-size"),
    "a long file": ("src/stores/a.cc", "// line\n" * 801, "file-size"),
    "a long header": ("src/stores/a.h", "// A.\n#pragma once\n" + "// line\n" * 400, "file-size"),
    "a header without a guard": ("src/stores/a.h", "// A.\n", "header"),
    "a header without a purpose": ("src/stores/a.h", "#pragma once\n", "header"),
    "a public header silent about threads": ("include/gnomon/a.h", "// A.\n#pragma once\n", "header"),
    "a file that names nothing": ("src/stores/string_utils.cc", "\n", "name"),
    "a folder that names nothing": ("python/gnomon/common/a.py", "\n", "name"),
    "a hidden clock": ("src/stores/a.cc", "auto t = std::chrono::system_clock::now();\n", "env"),
    "a file behind Env's back": ("src/stores/a.cc", 'void f() { std::ofstream out("x"); }\n', "env"),
    "pickle": ("python/gnomon/a.py", "import pickle\n", "banned"),
    "eval": ("python/gnomon/a.py", 'x = eval("1")\n', "banned"),
    "one machine's path": ("docs/a.md", "Open `/home/somebody/x`.\n", "banned"),
    "unfinished work": ("src/stores/a.cc", "// TODO: later\n", "banned"),
    "a room without a README": ("src/features/a.cc", "\n", "room"),
}


@pytest.mark.parametrize("why", SPOILED)
def test_a_spoiled_tree_fails(tmp_path: Path, why: str) -> None:
    path, text, rule = SPOILED[why]
    plant(tmp_path, CLEAN | {path: text})
    result = run(tmp_path)
    assert result.returncode == 1
    findings = [line for line in result.stdout.splitlines() if f": {rule}: " in line]
    assert any(path in line or line.startswith("src/features:") for line in findings), result.stdout


INNOCENT = {
    "exactly as long as allowed": ("src/stores/a.cc", "namespace gnomon {\n" + long_function(70) + "}\n"),
    "many short functions": ("src/stores/a.cc", long_function(40) * 3),
    "a long class of short functions": ("src/stores/a.cc", "class A {\n" + long_function(30) * 4 + "};\n"),
    "a long table": ("src/stores/a.cc", "const int kTable[] = {\n" + "    1,\n" * 100 + "};\n"),
    "braces in strings and comments": (
        "src/stores/a.cc",
        'const char* a = "{"; // {\nR"x({)x" /* { */\n' + long_function(70),
    ),
    "a digit separator": ("src/stores/a.cc", "int million = 1'000'000;\n" + long_function(70)),
    "words inside words": ("python/gnomon/a.py", "# unpickled, medieval(ly), retrieval()\n"),
    "a test may include what it likes": ("tests/unit/a.cc", "#include <gtest/gtest.h>\n#include <rocksdb/db.h>\n"),
    "a hidden clock in a comment": ("src/stores/a.cc", "// not system_clock::now\n"),
}


@pytest.mark.parametrize("why", INNOCENT)
def test_innocent_code_passes(tmp_path: Path, why: str) -> None:
    path, text = INNOCENT[why]
    plant(tmp_path, CLEAN | {path: text})
    result = run(tmp_path)
    assert result.returncode == 0, result.stdout
