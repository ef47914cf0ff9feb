"""How much CPU time and memory does a training set cost, from Parquet files to a table in memory?

    run.py [--size tiny|small|full] [--workloads uniform,zipf,strings] [--rounds 3] [--only gnomon,polars] [--publish]

Each contestant runs in a process of its own; all contestants run once before any runs again. Every answer is compared
with the others', value by value, and a difference ends the run with status 1. What was measured is written beside the
data; --publish puts a complete run at full size into bench/point_in_time/results.json and docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import contestants
import report
import workloads
from contestants import Contestant
from workloads import Workload

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEERS_PYTHON = ROOT / "build" / "bench-venv" / "bin" / "python"
PUBLISHED = HERE / "results.json"
_TIMEOUT_SECONDS = 900


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=workloads.SIZES, default="small")
    parser.add_argument("--workloads", default=",".join(workloads.NAMES), help="some of %(default)s")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(contestants.ALL), help="some of %(default)s")
    parser.add_argument("--features", type=int, default=10, help="how many of the ten are asked for")
    parser.add_argument("--publish", action="store_true", help="write results.json and docs/benchmarks.md")
    chosen = parser.parse_args()
    chosen.workloads, chosen.only = chosen.workloads.split(","), chosen.only.split(",")
    for kind, names, known in (
        ("workload", chosen.workloads, workloads.NAMES),
        ("contestant", chosen.only, contestants.ALL),
    ):
        if unknown := [name for name in names if name not in known]:
            parser.error(f"unknown {kind}: {', '.join(unknown)}; there are {', '.join(known)}")
    if not 1 <= chosen.features <= 10:
        parser.error("--features is between 1 and 10")
    complete = set(chosen.only) == set(contestants.ALL) and set(chosen.workloads) == set(workloads.NAMES)
    if chosen.publish and not (chosen.size == "full" and chosen.features == 10 and complete):
        parser.error("only a complete run is published: --size full, every workload, contestant and feature")
    if any(contestants.ALL[name].is_peer for name in chosen.only) and not PEERS_PYTHON.exists():
        parser.error("the peers are not installed: run `tools/bench`, or choose --only gnomon,reading")
    return chosen


def contests(chosen: argparse.Namespace) -> list[tuple[Workload, list[Contestant]]]:
    """Who meets on which workload; those for whom a workload is too large meet Gnomon again on a smaller one."""
    entered = [contestants.ALL[name] for name in contestants.ALL if name in chosen.only]
    found: list[tuple[Workload, list[Contestant]]] = []
    for name in chosen.workloads:
        workload = workloads.workload(name, chosen.size)
        able = [one for one in entered if workload.skew in one.skews]
        small_enough = [one for one in able if workload.history_rows <= one.largest_history]
        if small_enough:
            found.append((workload, small_enough))
        if too_large_for := [one for one in able if one not in small_enough]:
            smaller = workloads.workload(name, "small")
            found.append((smaller, [one for one in entered if one in too_large_for or not one.is_peer]))
    return found


def measure(contestant: Contestant, workload: Workload, features: int) -> dict[str, Any]:
    python = str(PEERS_PYTHON) if contestant.is_peer else sys.executable
    command = [python, str(HERE / "measure.py"), contestant.name, str(workload.folder), str(features)]
    environment = os.environ | {"FEAST_USAGE": "False"}
    try:
        ended = subprocess.run(
            command, cwd=workload.folder, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"no answer in {_TIMEOUT_SECONDS} s"}
    if ended.returncode != 0:
        last_lines = ended.stderr.strip().splitlines()[-1:]
        return {"failed": f"exit status {ended.returncode}: {' '.join(last_lines)}"}
    record: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return record


def progress(contestant: Contestant, run: dict[str, Any]) -> str:
    if "failed" in run:
        return f"{contestant.name:20} {run['failed']}"
    cost = f"cpu {run['cpu_seconds']:7.2f} s  wall {run['wall_seconds']:7.2f} s"
    answer = f"  matched {run['matched']:,} of {run['rows']:,}  {run['digest']}" if contestant.joins else ""
    return f"{contestant.name:20} {cost}  peak {run['peak_memory_bytes'] / 1e6:7,.0f} MB{answer}"


def hold(workload: Workload, entered: list[Contestant], chosen: argparse.Namespace) -> dict[str, Any]:
    """All rounds on one workload. Each round starts with another contestant: none is always the first."""
    if workloads.make_files(workload):
        print(f"{workload.folder.name}: files written", flush=True)
    runs: dict[str, list[dict[str, Any]]] = {one.name: [] for one in entered}
    for round_number in range(chosen.rounds):
        turn = round_number % len(entered)
        for one in entered[turn:] + entered[:turn]:
            run = measure(one, workload, chosen.features)
            runs[one.name].append(run)
            print(f"{workload.folder.name} {round_number + 1}/{chosen.rounds}  {progress(one, run)}", flush=True)
    return report.contest_record(workload, runs)


def main() -> int:
    chosen, started = arguments(), time.monotonic()
    command = "bench/point_in_time/run.py " + " ".join(sys.argv[1:])
    session = report.session_record(command.strip(), chosen.size, chosen.rounds, chosen.features)
    written = workloads.DATA / f"results-{chosen.size}.json"
    for workload, entered in contests(chosen):
        session["contests"].append(hold(workload, entered, chosen))
        written.write_text(json.dumps(session, indent=1) + "\n")
    print("\n" + report.markdown(session))
    print(f"{time.monotonic() - started:.0f} s; written to {written.relative_to(ROOT)}")

    problems = report.problems(session)
    for problem in problems:
        print(f"WRONG: {problem}", file=sys.stderr)
    if chosen.publish and not problems:
        PUBLISHED.write_text(written.read_text())
        for page in report.publish(session, ROOT):
            print(f"published in {page}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
