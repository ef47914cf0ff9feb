"""What a run means: medians, ratios, whether the answers agree, and the tables that are published.

report.py    writes docs/benchmarks.md again from results.json
"""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import contestants
from workloads import Workload

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import published

_OURS = "gnomon"


def session_record(command: str, size: str, rounds: int, features: int) -> dict[str, Any]:
    return {
        "command": command,
        "date": published.today(),
        "commit": published.commit(),
        "machine": published.machine(),
        "size": size,
        "rounds": rounds,
        "features": features,
        "contests": [],
    }


def contest_record(workload: Workload, runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {"workload": asdict(workload), "contestants": {name: _summary(of_one) for name, of_one in runs.items()}}


def problems(session: dict[str, Any]) -> list[str]:
    """Failures, and answers that differ where they must not."""
    found = []
    for contest in session["contests"]:
        workload, results = contest["workload"]["name"], contest["contestants"]
        for name, result in results.items():
            if "failed" in result:
                found.append(f"{workload}: {name}: {result['failed']}")
            elif len(result.get("digests", ())) > 1:
                found.append(f"{workload}: {name} answers differently from one run to the next")
        answers = {
            name: result["digests"][0]
            for name, result in results.items()
            if contestants.ALL[name].must_agree and result.get("digests")
        }
        if len(set(answers.values())) > 1:
            found.append(f"{workload}: different answers: {answers}")
    return found


def markdown(session: dict[str, Any]) -> str:
    """One table a workload."""
    return "\n".join(_heading(contest) + "\n\n" + _table(contest) for contest in session["contests"])


def publish(session: dict[str, Any], root: Path) -> list[str]:
    """Puts the tables between the marks in the pages that have them; returns the pages that changed."""
    parts = {"full": _provenance(session) + "\n\n" + markdown(session), "summary": _table(session["contests"][0])}
    return published.put("point_in_time", parts, root)


def _summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    failures = [run["failed"] for run in runs if "failed" in run]
    if failures:
        return {"failed": failures[0]}
    first = runs[0]
    summary = {
        "version": first["version"],
        "cpu_seconds": statistics.median(run["cpu_seconds"] for run in runs),
        "wall_seconds": statistics.median(run["wall_seconds"] for run in runs),
        "peak_memory_bytes": max(run["peak_memory_bytes"] for run in runs),
        "cpu_seconds_of_runs": [run["cpu_seconds"] for run in runs],
    }
    if "digest" in first:
        digests = sorted({run["digest"] for run in runs})
        summary |= {"rows": first["rows"], "matched": first["matched"], "digests": digests}
    return summary


def _heading(contest: dict[str, Any]) -> str:
    workload = contest["workload"]
    sizes = f"{workload['entity_rows']:,} entity rows × {workload['history_rows']:,} history rows"
    keys = f"{workload['entities']:,} entities, {workload['skew']} {workload['key_type']} keys"
    return f"**{workload['name']}**: {sizes}, {keys}"


def _table(contest: dict[str, Any]) -> str:
    results = contest["contestants"]
    ours = results.get(_OURS, {})
    lines = ["| | CPU seconds | ÷ Gnomon | peak memory | answer |", "|---|--:|--:|--:|---|"]
    for name, result in results.items():
        contestant = contestants.ALL[name]
        if "failed" in result:
            lines.append(f"| {name} | | | | {result['failed']} |")
            continue
        title = contestant.title.format(version=result["version"])
        ratio = f"{result['cpu_seconds'] / ours['cpu_seconds']:.1f}" if ours.get("cpu_seconds") else ""
        memory = f"{result['peak_memory_bytes'] / 1e9:.2f} GB"
        lines.append(f"| {title} | {result['cpu_seconds']:.2f} | {ratio} | {memory} | {_answer(result, results)} |")
    return "\n".join(lines) + "\n"


def _answer(result: dict[str, Any], results: dict[str, Any]) -> str:
    if "digests" not in result:
        return ""
    reference = next(other for other in results.values() if "digests" in other)  # Gnomon, unless it failed
    if result["digests"] == reference["digests"]:
        return f"{result['matched']:,} rows found"
    return f"**differs**: {result['matched']:,} rows found, {result['rows']:,} returned"


def _provenance(session: dict[str, Any]) -> str:
    machine = session["machine"]
    return (
        f"{session['date']}, commit {session['commit']}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB, {machine['system']}. Medians of {session['rounds']} interleaved rounds, "
        f"{session['features']} features:\n`{session['command']}`"
    )


def main() -> None:
    here = Path(__file__).resolve().parent
    session = json.loads((here / "results.json").read_text())
    for page in publish(session, here.parents[1]):
        print(f"published in {page}")


if __name__ == "__main__":
    main()
