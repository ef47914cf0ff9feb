"""What do five windows of six functions cost, for a training set from raw events? See README.md.

    run.py [--size tiny|small|full] [--keys uniform,zipf] [--rounds 3] [--all] [--publish]

Contestants take turns, each in a process of its own. Answers are compared, and a difference ends the run with status 1.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from workload import COLUMNS, KEYS, SIZES, Workload, workload

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import published  # noqa: E402  one folder up

PEERS_PYTHON = HERE.parents[1] / "build" / "bench-venv" / "bin" / "python"
TITLES = {"gnomon": "Gnomon", "polars": "Polars `rolling`", "duckdb": "DuckDB window functions"}
TOLERANCE = 1e-9  # of the peers' sums, which are rounded at every step


def measure(name: str, keys: str, size: str, answer: Path) -> dict[str, Any]:
    python = sys.executable if name == "gnomon" else str(PEERS_PYTHON)
    command = [python, str(HERE / "measure.py"), name, keys, size, str(answer)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise SystemExit(f"{name}: {ended.stderr.strip()[-2000:]}")
    cost: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return cost


def differences(ours: Path, theirs: Path) -> list[str]:
    """Columns of `theirs` that are not what ours says; an empty sum is 0 in Polars and null elsewhere."""
    left, right = pq.read_table(ours), pq.read_table(theirs)
    found = []
    for name in COLUMNS:
        window = name.rsplit("_", 1)[1]
        empty = left[f"amount_count_{window}"].to_numpy() == 0
        a, b = (table[name].to_numpy(zero_copy_only=False).astype(np.float64) for table in (left, right))
        a, b = np.where(empty, 0, np.nan_to_num(a)), np.where(empty, 0, np.nan_to_num(b))
        exact = any(function in name for function in ("_count_", "_min_", "_max_"))
        # A deviation of equal values is 0; a peer's may be what rounding leaves of it.
        allowed = 0.0 if exact else TOLERANCE * np.maximum(1.0, np.abs(a)).max() if "_sum_" in name else 1e-6
        worst = float(np.abs(a - b).max(initial=0.0))
        if worst > allowed:
            found.append(f"{name}: off by {worst}")
    return found


def contest(work: Workload, size: str, names: list[str], rounds: int) -> tuple[list[str], bool]:
    """The lines of its table, and whether all agree."""
    work.write()
    answers = {name: work.folder / f"{name}.parquet" for name in names}
    costs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            cost = measure(name, work.keys, size, answers[name])
            costs[name].append(cost)
            peak = cost["peak_memory_bytes"] / 1e6
            print(
                f"{work.keys} {turn + 1}/{rounds}  {name:8} cpu {cost['cpu_seconds']:7.2f} s  peak {peak:7,.0f} MB",
                flush=True,
            )
    lines = [f"**{work.keys}**: {work.rows:,} entity rows, {work.events:,} events, 5 windows × 6 functions", ""]
    lines += ["| | CPU seconds | ÷ Gnomon | peak memory |", "|---|--:|--:|--:|"]
    base = statistics.median(cost["cpu_seconds"] for cost in costs["gnomon"])
    for name in names:
        cpu = statistics.median(cost["cpu_seconds"] for cost in costs[name])
        peak = max(cost["peak_memory_bytes"] for cost in costs[name])
        title = f"{TITLES[name]} {costs[name][0]['version']}"
        lines.append(f"| {title} | {cpu:.2f} | {cpu / base:.1f} | {peak / 1e9:.2f} GB |")
    print("\n" + "\n".join(lines))
    agree = True
    for name in names[1:]:
        for difference in differences(answers["gnomon"], answers[name]):
            agree = False
            print(f"DIFFERENT from {name}: {difference}")
    return lines, agree


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--keys", default=",".join(KEYS), help="some of %(default)s")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--all", action="store_true", help="DuckDB at full size too")
    parser.add_argument("--publish", action="store_true", help="write the tables into docs/benchmarks.md")
    chosen = parser.parse_args()
    if not PEERS_PYTHON.exists():
        parser.error("the peers are not installed: run `tools/bench`")
    names = ["gnomon", "polars", *(["duckdb"] if chosen.all or chosen.size != "full" else [])]
    contests = [
        contest(workload(keys, chosen.size), chosen.size, names, chosen.rounds) for keys in chosen.keys.split(",")
    ]
    agreed = all(agree for _, agree in contests)
    if chosen.publish and agreed:
        about = published.provenance("bench/windows/run.py " + " ".join(sys.argv[1:]), chosen.rounds)
        tables = "\n".join("\n".join(lines) + "\n" for lines, _ in contests)
        print("published in", *published.put("windows", {"full": about + "\n" + tables}))
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
