"""Where figures go: between marks in the pages that quote them, with what they were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
_PAGES = ("docs/benchmarks.md", "README.md")


def put(bench: str, parts: dict[str, str], root: Path = _ROOT) -> list[str]:
    """Replaces what stands between ``<!-- bench BENCH PART -->`` and ``<!-- end -->``; returns the changed pages."""
    marked = re.compile(rf"(<!-- bench {bench} (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
    changed = []
    for page in _PAGES:
        path = root / page
        before = path.read_text()
        after = marked.sub(lambda mark: mark[1] + parts.get(mark[2], "") + mark[3], before)
        if after != before:
            path.write_text(after)
            changed.append(page)
    return changed


def provenance(command: str, rounds: int) -> str:
    on = machine()
    return (
        f"{today()}, commit {commit()}, {on['processor']}, {on['cores']} cores, {on['memory_gb']} GB, {on['system']}. "
        f"Medians of {rounds} interleaved rounds:\n`{command}`\n"
    )


def today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True).stdout.strip()

    changed = " with changes" if git("status", "--porcelain", "--", "src", "include") else ""
    return (git("rev-parse", "--short", "HEAD") or "unknown") + changed


def machine() -> dict[str, Any]:
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processor[1] if processor else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory_bytes / 1e9),
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
    }
