"""Python environments of the clients that tests drive, apart from our own, made on first use under build/."""

import fcntl
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def python_with(name):
    """The interpreter of an environment that holds what tests/requirements/<name>.txt pins."""
    wanted = (ROOT / "tests" / "requirements" / f"{name}.txt").read_text()
    folder = ROOT / "build" / "venvs" / name
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs of the tests make it once
        if not stamp.exists() or stamp.read_text() != wanted:
            if not python.exists():
                subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            requirements = str(ROOT / "tests" / "requirements" / f"{name}.txt")
            install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", "-q", "-r"]
            subprocess.run([*install, requirements], check=True)
            stamp.write_text(wanted)
    return python
