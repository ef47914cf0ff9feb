"""What do windowed features cost, for a training set from raw events? See README.md.

    run.py [--size tiny|small|full] [--keys uniform,zipf] [--questions numbers,distinct,…] [--rounds 3] [--publish]

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
import pyarrow as pa
import pyarrow.parquet as pq
from workload import EXACT_FUNCTIONS, KEYS, QUESTIONS, SIZES, WINDOWS, Workload, workload

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import published  # noqa: E402  one folder up

PEERS_PYTHON = HERE.parents[1] / "build" / "bench-venv" / "bin" / "python"
PEERS = ("polars", "duckdb")
TITLES = {
    "gnomon": "Gnomon",
    "polars": "Polars `rolling`",
    "duckdb": "DuckDB window functions",
    "floats": "Float64: exact sums, rounded once",
    "cents": "Int64 cents: plain additions",
}
# DuckDB has no window function for the newest five whose ties are decided by anything but arrival.
CONTESTS = {
    "numbers": ("gnomon", "polars", "duckdb"),
    "distinct": ("gnomon", "polars", "duckdb"),
    "last5": ("gnomon", "polars"),
    "exactness": ("cents", "floats"),
}
HEADLINES = {
    "numbers": "5 windows × 6 functions",
    "distinct": "distinct merchants in 7 days",
    "last5": "the newest 5 amounts in 30 days",
    "exactness": f"what exactness costs: {', '.join(EXACT_FUNCTIONS)} in {len(WINDOWS)} windows, all by Gnomon",
}
TOLERANCE = 1e-9  # of the peers' sums, which are rounded at every step


def measure(name: str, question: str, work: Workload, size: str, answer: Path, limit_s: int) -> dict[str, Any] | str:
    """What it cost, or why there is no answer."""
    python = str(PEERS_PYTHON) if name in PEERS else sys.executable
    command = [python, str(HERE / "measure.py"), name, question, work.keys, size, str(answer)]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return f"not done after {limit_s} s"
    if name in PEERS and ended.returncode != 0 and (ended.returncode < 0 or "memory" in ended.stderr.lower()):
        return "ran out of memory"
    if ended.returncode != 0:
        raise SystemExit(f"{name}: {ended.stderr.strip()[-2000:]}")
    cost: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return cost


def differences(question: str, ours: Path, theirs: Path) -> list[str]:
    """Columns of `theirs` that are not what ours says."""
    left, right = pq.read_table(ours), pq.read_table(theirs)
    if question == "numbers":
        return number_differences(left, right)
    if question == "exactness":
        return cents_differences(left, right)
    # Without an event Polars has an empty list, where Gnomon has null.
    plain = [[value or None for value in table[QUESTIONS[question][0]].to_pylist()] for table in (left, right)]
    wrong = sum(a != b for a, b in zip(*plain, strict=True))
    return [f"{QUESTIONS[question][0]}: {wrong} of {left.num_rows} rows"] if wrong else []


def as_floats(table: pa.Table, name: str) -> np.ndarray:
    return np.nan_to_num(table[name].to_numpy(zero_copy_only=False).astype(np.float64))


def number_differences(left: pa.Table, right: pa.Table) -> list[str]:
    """An empty sum is 0 in Polars and null elsewhere."""
    found = []
    for name in QUESTIONS["numbers"]:
        window = name.rsplit("_", 1)[1]
        empty = left[f"amount_count_{window}"].to_numpy() == 0
        a, b = (np.where(empty, 0, as_floats(table, name)) for table in (left, right))
        exact = any(function in name for function in ("_count_", "_min_", "_max_"))
        # A deviation of equal values is 0; a peer's may be what rounding leaves of it.
        allowed = 0.0 if exact else TOLERANCE * np.maximum(1.0, np.abs(a)).max() if "_sum_" in name else 1e-6
        worst = float(np.abs(a - b).max(initial=0.0))
        if worst > allowed:
            found.append(f"{name}: off by {worst}")
    return found


def cents_differences(cents: pa.Table, floats: pa.Table) -> list[str]:
    """A hundredth of the cents is what the amounts say, but for the one rounding of each amount."""
    found = []
    for name in QUESTIONS["exactness"]:
        a, b = as_floats(cents, name) / 100, as_floats(floats, name)
        if not np.allclose(a, b, rtol=1e-9, atol=1e-6):
            found.append(f"{name}: off by {float(np.abs(a - b).max())}")
    return found


def contest(question: str, work: Workload, size: str, rounds: int, limit_s: int) -> tuple[list[str], bool]:
    """The lines of its table, and whether all agree."""
    names = list(CONTESTS[question])
    answers = {name: work.folder / f"{question}-{name}.parquet" for name in names}
    costs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    failed: dict[str, str] = {}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if name in failed:
                continue
            cost = measure(name, question, work, size, answers[name], limit_s)
            told = f"{work.keys} {question} {turn + 1}/{rounds}  {name:8}"
            if isinstance(cost, str):
                if name == names[0]:
                    raise SystemExit(f"{told} {cost}: there is nothing to compare with")
                failed[name] = cost
                print(told, cost, flush=True)
                continue
            costs[name].append(cost)
            peak = cost["peak_memory_bytes"] / 1e6
            print(f"{told} cpu {cost['cpu_seconds']:7.2f} s  peak {peak:7,.0f} MB", flush=True)
    lines = table_of(question, work, names, costs, failed)
    print("\n" + "\n".join(lines) + "\n")
    agree = True
    for name in names[1:]:
        for difference in [] if name in failed else differences(question, answers[names[0]], answers[name]):
            agree = False
            print(f"DIFFERENT from {name}: {difference}")
    return lines, agree


def table_of(
    question: str,
    work: Workload,
    names: list[str],
    costs: dict[str, list[dict[str, Any]]],
    failed: dict[str, str],
) -> list[str]:
    first = "÷ plain" if question == "exactness" else "÷ Gnomon"
    lines = [f"**{work.keys}**, {HEADLINES[question]}: {work.rows:,} entity rows, {work.events:,} events", ""]
    lines += [f"| | CPU seconds | {first} | peak memory |", "|---|--:|--:|--:|"]
    base = statistics.median(cost["cpu_seconds"] for cost in costs[names[0]])
    for name in names:
        if name in failed:
            lines.append(f"| {TITLES[name]} | {failed[name]} | | |")
            continue
        cpu = statistics.median(cost["cpu_seconds"] for cost in costs[name])
        peak = max(cost["peak_memory_bytes"] for cost in costs[name])
        title = f"{TITLES[name]} {costs[name][0]['version']}" if question != "exactness" else TITLES[name]
        lines.append(f"| {title} | {cpu:.2f} | {cpu / base:.1f} | {peak / 1e9:.2f} GB |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--keys", default=",".join(KEYS), help="some of %(default)s")
    parser.add_argument("--questions", default=",".join(QUESTIONS), help="some of %(default)s")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=1_800, help="seconds that one contestant may take (%(default)s)")
    parser.add_argument("--publish", action="store_true", help="write the tables into docs/benchmarks.md")
    chosen = parser.parse_args()
    if not PEERS_PYTHON.exists():
        parser.error("the peers are not installed: run `tools/bench`")
    tables, agreed = [], True
    for keys in chosen.keys.split(","):
        work = workload(keys, chosen.size)
        work.write()
        for question in chosen.questions.split(","):
            lines, agree = contest(question, work, chosen.size, chosen.rounds, chosen.limit)
            tables.append("\n".join(lines) + "\n")
            agreed = agreed and agree
    if chosen.publish and agreed:
        about = published.provenance("bench/windows/run.py " + " ".join(sys.argv[1:]), chosen.rounds)
        print("published in", *published.put("windows", {"full": about + "\n" + "\n".join(tables)}))
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
