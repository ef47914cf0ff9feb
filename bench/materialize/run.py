"""What does it cost to make history servable? See README.md.

    run.py [--size tiny|small|full] [--rounds 1] [--only rows,windows] [--publish]

Contestants take turns, each in a process of its own. What they serve afterwards is compared, and a difference ends the
run with status 1.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from workload import SIZES, Workload

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import published  # noqa: E402  one folder up

PEERS_PYTHON = HERE.parents[1] / "build" / "bench-venv" / "bin" / "python"
TITLES = {"gnomon": "Gnomon, embedded store", "feast": "Feast, SQLite store"}


def measure(name: str, work: Workload) -> dict[str, Any]:
    python = str(PEERS_PYTHON) if name == "feast" else sys.executable
    command = [python, str(HERE / "measure.py"), name, work.size, str(work.folder / f"{name}.json")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise SystemExit(f"{name}: {ended.stderr.strip()[-2000:]}")
    cost: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    print(f"{name:8} cpu {cost['cpu_seconds']:7.2f} s  wall {cost['wall_seconds']:7.2f} s", flush=True)
    return cost


def rows_table(work: Workload, rounds: int) -> list[str]:
    costs: dict[str, list[dict[str, Any]]] = {name: [] for name in TITLES}
    for turn in range(rounds):
        for name in sorted(TITLES, reverse=turn % 2 == 1):
            costs[name].append(measure(name, work))
    lines = [f"**{work.count:,} feature rows of 10 floats → {work.entities:,} entities**", ""]
    lines += ["| | CPU seconds | rows per CPU second | ÷ Gnomon | peak memory | state |", "|---|--:|--:|--:|--:|--:|"]
    base = statistics.median(cost["cpu_seconds"] for cost in costs["gnomon"])
    for name, of_one in costs.items():
        cpu = statistics.median(cost["cpu_seconds"] for cost in of_one)
        peak, state = (max(cost[what] for cost in of_one) for what in ("peak_memory_bytes", "state_bytes"))
        lines.append(
            f"| {TITLES[name]} {of_one[0]['version']} | {cpu:.2f} | {work.count / cpu:,.0f} | {cpu / base:.1f} "
            f"| {peak / 1e9:.2f} GB | {state / work.entities:.0f} bytes per entity |"
        )
    ours, theirs = (json.loads((work.folder / f"{name}.json").read_text()) for name in TITLES)
    if ours != theirs:
        raise SystemExit("DIFFERENT: what is served is not the same")
    return lines


def windows_table(work: Workload, rounds: int) -> list[str]:
    """That the values equal a training set's is asserted where they are served."""
    of_one = [measure("windows", work) for _ in range(rounds)]
    cpu = statistics.median(cost["cpu_seconds"] for cost in of_one)
    peak, state = (max(cost[what] for cost in of_one) for what in ("peak_memory_bytes", "state_bytes"))
    return [
        f"**{work.count:,} events of {work.event_entities:,} entities → state of 5 windows × 6 functions**",
        "",
        "| CPU seconds | events per CPU second | peak memory | bytes per entity | bytes per event |",
        "|--:|--:|--:|--:|--:|",
        f"| {cpu:.2f} | {work.count / cpu:,.0f} | {peak / 1e9:.2f} GB | {state / work.event_entities:,.0f} "
        f"| {state / work.count:.1f} |",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", default="rows,windows", help="some of %(default)s")
    parser.add_argument("--publish", action="store_true", help="write the tables into docs/benchmarks.md")
    chosen = parser.parse_args()
    asked = chosen.only.split(",")
    if "rows" in asked and not PEERS_PYTHON.exists():
        parser.error("the peers are not installed: run `tools/bench`")
    work = Workload(chosen.size)
    work.write()
    tables = {"rows": rows_table, "windows": windows_table}
    made = ["\n".join(tables[name](work, chosen.rounds)) + "\n" for name in asked]
    print("\n" + "\n".join(made))
    if chosen.publish:
        about = published.provenance("bench/materialize/run.py " + " ".join(sys.argv[1:]), chosen.rounds)
        print("published in", *published.put("materialize", {"full": about + "\n" + "\n".join(made)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
