"""How the demo speaks: headings, commands with their output, tables, and how long things took."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

PROJECT = Path(__file__).resolve().parent
GNOMON = Path(sys.executable).with_name("gnomon")
COLOURS = sys.stdout.isatty()


def paint(code: int, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


def green(text: str) -> str:
    return paint(32, text)


def red(text: str) -> str:
    return paint(31, text)


def heading(text: str) -> None:
    print(f"\n{paint(1, text)}")


def note(text: str) -> None:
    print(f"  {text}")


def show(frame: pl.DataFrame) -> None:
    with pl.Config(
        tbl_formatting="NOTHING",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_rows=30,
        tbl_cols=20,
        tbl_width_chars=150,
        fmt_str_lengths=40,
    ):
        print("\n".join("   " + line.rstrip() for line in str(frame).splitlines()))


def instant(t: datetime) -> str:
    return f"{t:%Y-%m-%d %H:%M}Z" if t.timestamp() else "-"


def age(delta: timedelta) -> str:
    days, minutes = divmod(int(delta.total_seconds() // 60), 1440)
    if days > 10_000:  # there is no event time
        return "-"
    return f"{days} d" if days else f"{minutes // 60} h {minutes % 60:02} min"


@contextmanager
def timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    note(f"{what} in {time.perf_counter() - started:.2f} s")


def run(*arguments: str, last_line_only: bool = False) -> None:
    """One command of the command line and what it prints; the demo ends if it fails."""
    started = time.perf_counter()
    output = _gnomon(arguments)
    if last_line_only:
        output = output.rstrip("\n").rsplit("\n", 1)[-1] + "\n"
    print("".join(f"  {line}" for line in output.splitlines(keepends=True)), end="")
    note(paint(2, f"({time.perf_counter() - started:.2f} s)"))


def run_json(*arguments: str) -> Any:
    """What one command answers with --json."""
    return json.loads(_gnomon((*arguments, "--json")))


def _gnomon(arguments: tuple[str, ...]) -> str:
    print(paint(2, "$ gnomon " + " ".join(arguments)), flush=True)
    done = subprocess.run([GNOMON, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout)
        sys.exit(red(f"gnomon {arguments[0]} ended with {done.returncode}"))
    return done.stdout
