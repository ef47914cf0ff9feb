"""What `import gnomon` costs, counted in modules: time is not a fact that a test can hold still."""

import json
import re
import subprocess
import sys
from pathlib import Path

import gnomon

ROOT = Path(__file__).parents[3]
HEAVY = {
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "gnomon._gnomon",
    "dataclasses_json",
    "asyncio",
    "difflib",
    "multiprocessing",
}


def modules_after(statement):
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "python",
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(run.stdout))


def test_import_loads_nothing_heavy():
    added = modules_after("import gnomon") - modules_after("pass")
    assert not added & HEAVY
    assert len(added) < 100, sorted(added)


def test_definitions_and_the_store_load_nothing_heavy():
    added = modules_after(
        "import gnomon\n"
        "source = gnomon.FileSource('s', path='p', timestamp_field='t')\n"
        "view = gnomon.FeatureView('v', [gnomon.Entity('e')], source=source, ttl='1d')\n"
        "gnomon.FeatureStore('.')"
    )
    assert not added & {"numpy", "pandas", "polars", "pyarrow", "gnomon._gnomon"}


def test_the_version_is_that_of_the_build():
    (version,) = re.findall(r"project\(gnomon VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())
    assert gnomon.__version__ == version


def test_all_names_what_is_there():
    assert all(hasattr(gnomon, name) for name in gnomon.__all__)
