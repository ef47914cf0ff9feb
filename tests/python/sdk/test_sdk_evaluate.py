"""`python -m gnomon.evaluate`: a project's files in, one manifest fragment out."""

import hashlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SDK = Path(__file__).parents[3] / "python"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "features").mkdir()
    return tmp_path


def write(project, path, text):
    file = project / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text))


def run(*arguments, cwd=None):
    environment = os.environ | {"PYTHONPATH": str(SDK), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "gnomon.evaluate", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd,
    )


def evaluated(project):
    done = run(project)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def failed(project):
    done = run(project)
    assert done.returncode == 1 and done.stdout == ""
    return json.loads(done.stderr.splitlines()[-1])


def names(manifest, section):
    return [message["name"] for message in manifest.get(section, [])]


def test_files_are_taken_in_order_and_objects_once(project):
    write(project, "features/b.py", "from gnomon import Entity\nlast = Entity('last')")
    write(project, "features/a.py", "from gnomon import Entity\nfirst = again = Entity('first')")
    write(
        project, "features/sub/c.py", "from features.a import first\nfrom gnomon import Entity\ndeep = Entity('deep')"
    )
    manifest = evaluated(project)
    assert names(manifest, "entities") == ["first", "last", "deep"]
    assert manifest["entities"][2]["origin"] == {"file": "features/sub/c.py", "line": 3}
    assert "project" not in manifest


def test_what_a_view_uses_comes_along_from_anywhere(project):
    write(project, "shared.py", "from gnomon import FileSource\nsource = FileSource('s', path='p')")
    write(
        project,
        "features/views.py",
        """
        from gnomon import Entity, FeatureView
        from shared import source as _source
        views = [FeatureView('v', [Entity('e')], source=_source)]
        """,
    )
    manifest = evaluated(project)
    assert (names(manifest, "entities"), names(manifest, "sources")) == (["e"], ["s"])
    assert names(manifest, "feature_views") == ["v"]
    assert manifest["sources"][0]["origin"]["file"] == "shared.py"


def test_files_outside_features_and_hidden_ones_are_left_alone(project):
    for path in ("definitions.py", "demo.py", "features/.hidden/x.py", "features/.x.py", "features/__pycache__/x.py"):
        write(project, path, "raise SystemExit('must not be imported')")
    assert evaluated(project) == {"format_version": 1}


def test_a_project_without_python(tmp_path):
    assert evaluated(tmp_path) == {"format_version": 1}


def test_a_package_and_odd_names(project):
    write(project, "features/__init__.py", "from gnomon import Entity\ne = Entity('package')")
    write(project, "features/01-first.py", "from gnomon import Entity\ne = Entity('digits')")
    write(project, "features/a.b.py", "from gnomon import Entity\ne = Entity('dotted')")
    write(project, "features/ü.py", "from gnomon import Entity\ne = Entity('umlaut')")
    assert sorted(names(evaluated(project), "entities")) == ["digits", "dotted", "package", "umlaut"]


def test_another_package_named_features_does_not_get_in_the_way(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere, "features/__init__.py", "raise SystemExit('the wrong one')")
    write(project, "features/a.py", "from gnomon import Entity\ne = Entity('right')")
    write(project, "features/b.py", "from features.a import e")
    done = run(project, cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert names(json.loads(done.stdout), "entities") == ["right"]


def test_what_files_print_goes_to_stderr(project):
    write(
        project,
        "features/noisy.py",
        """
        import os, subprocess, sys
        print("said")
        os.write(1, b"written\\n")
        subprocess.run([sys.executable, "-c", "print('child')"])
        """,
    )
    done = run(project)
    assert json.loads(done.stdout) == {"format_version": 1}
    assert {"said", "written", "child"} <= set(done.stderr.split())


def test_a_function_is_named_by_file_and_hashed_by_its_text(project):
    text = textwrap.dedent(
        """
        @batch_feature_view(name="plane", entities=["tail"], source="planes", timestamp_field="t")
        def plane(df):
            return df
        """
    ).lstrip()
    write(project, "features/deep/plane.py", "from gnomon import batch_feature_view\n\n\n" + text)
    (view,) = evaluated(project)["feature_views"]
    assert view["python"] == {
        "function": "features/deep/plane.py:plane",
        "mode": "pandas",
        "source_hash": hashlib.sha256(text.encode()).hexdigest(),
    }


def test_an_error_of_ours_keeps_its_id_and_says_where(project):
    write(project, "features/x.py", "from gnomon import Entity, FeatureView\n\nv = FeatureView('v', [], ttl='3 hours')")
    report = failed(project)
    assert report["id"] == "GN112" and report["code"] == "InvalidArgument"
    assert report["where"] == "features/x.py:3"
    assert "'3 hours'" in report["message"] and "7d" in report["hint"]


def test_a_keyword_that_does_not_exist_yet(project):
    write(project, "features/x.py", "from gnomon import FeatureView\nv = FeatureView('v', [], schedule='15m')")
    report = failed(project)
    assert (report["id"], report["code"]) == ("GN121", "Unimplemented")
    assert "schedule" in report["message"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a = 1\nb = a.c\n", 2, "AttributeError: 'int' object has no attribute 'c'"),
        ("a = (\n", 1, "SyntaxError: '(' was never closed"),
        ("import not_there_at_all\n", 1, "ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("import sys\nsys.exit(0)\n", 2, "SystemExit: 0"),
        ("from gnomon import Entity\nEntity('a', joinkeys=[])\n", 2, "TypeError: Entity() got an unexpected keyword"),
    ],
)
def test_any_other_exception_is_reported_with_its_line(project, text, line, message):
    write(project, "features/x.py", text)
    report = failed(project)
    assert set(report) == {"id", "code", "where", "message", "hint"}
    assert (report["id"], report["where"]) == ("GN124", f"features/x.py:{line}")
    assert report["message"].startswith(message)
    assert ("Install" in report["hint"]) == ("not_there" in text)


def test_the_innermost_line_of_the_project_is_named(project):
    write(project, "tools.py", "def broken():\n    return [][1]")
    write(project, "features/x.py", "from tools import broken\nbroken()")
    assert failed(project)["where"] == "tools.py:2"


def test_usage(tmp_path):
    assert run().returncode == 2
    assert run(tmp_path / "missing").returncode == 2
