"""One contestant, one workload, one process: prints what it cost and what it answered as a line of JSON.

    measure.py CONTESTANT FOLDER FEATURES

CPU seconds are user and system time of this process and its children during the timed work. Peak memory is that of
this process until the clock stops, and includes the interpreter and the libraries.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import contestants
import numpy as np
import workloads


def cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_memory_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def fingerprint(table: Any, features: Sequence[str]) -> dict[str, Any]:
    """Equal for equal answers whatever their row order; a NaN is a null, which is all that pandas can say."""
    row_ids = table["row_id"].to_numpy()
    order = np.argsort(row_ids, kind="stable")
    digest = hashlib.sha256(row_ids[order].astype(np.int64).tobytes())
    matched = 0
    for name in features:
        values = table[name].to_numpy()[order].astype(np.float64)
        present = ~np.isnan(values)
        digest.update(np.packbits(present).tobytes())
        digest.update(values[present].tobytes())
        matched += int(present.sum())
    return {"rows": table.num_rows, "matched": matched // len(features), "digest": digest.hexdigest()[:16]}


def main() -> None:
    # Whoever runs out of memory here should be the one to die, not a neighbour.
    Path("/proc/self/oom_score_adj").write_text("1000")
    name, folder, feature_count = sys.argv[1:]
    contestant = contestants.ALL[name]
    module = contestant.load()
    features = workloads.FEATURES[: int(feature_count)]
    work = module.prepare(workloads.from_folder(folder), features, contestant.variant)

    wall, cpu = time.perf_counter(), cpu_seconds()
    answer = work()
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    record = {"cpu_seconds": round(cpu, 3), "wall_seconds": round(wall, 3), "peak_memory_bytes": peak_memory_bytes()}

    if contestant.joins:
        record |= fingerprint(module.table(answer), features)
    print(json.dumps(record | {"version": module.version()}), flush=True)


if __name__ == "__main__":
    main()
