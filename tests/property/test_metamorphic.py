"""What must not change an answer, checked on the bytes of the training set: 1,200 cases by default."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from property.draw import draw_history, draw_shape, generator
from property.seeds import CASES, SEED
from property.sources import write_file
from property.training import TrainingCase

NUMBERS = range(max(1, round(4 * CASES)))


def bytes_of(table):
    """The table as one Parquet file: what lies under a null does not count, everything else does."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.combine_chunks(), sink, compression="none")
    return sink.getvalue().to_pybytes()


def folder_of(tmp_path, name):
    folder = tmp_path / name
    (folder / "data").mkdir(parents=True)
    return folder


def in_folders(shape):
    """The same shape, with every view's files in a folder, so that a test can add to them."""
    for view in shape.views:
        view.layout = "folder"
    return shape


def split_again(shape, files):
    for view in shape.views:
        view.files, view.layout = files, "folder"
    return shape


def ask_again(case, folder, shape, *seed):
    """The same worlds and the same question, over files that were written differently."""
    again = object.__new__(TrainingCase)
    again.__dict__.update(case.__dict__, shape=shape)
    again.write(folder, generator(*seed))
    return again.ask()


@pytest.mark.parametrize("number", NUMBERS)
def test_shuffling_and_splitting_files_and_threads_change_nothing(tmp_path, monkeypatch, number):
    case = TrainingCase(folder_of(tmp_path, "first"), SEED, "shuffle", number)
    first = bytes_of(case.ask())
    for threads, files in ((1, 1), (2, 2), (3, 5), (4, 9)):
        monkeypatch.setenv("GNOMON_THREADS", str(threads))
        folder = folder_of(tmp_path, f"{files}_files")
        again = ask_again(case, folder, split_again(case.shape, files), SEED, "shuffle", number, files)
        assert bytes_of(again) == first, f"{files} files, {threads} threads (seed {case.seed})"


def future_rows(rng, view, world):
    """Rows that no entity row of the world can see yet: they happen, or become known, after the last of them."""
    last = max((row["event_timestamp"] for row in world.entity_rows), default=0)
    after = (last // 1000 + 1) * 1000  # on the grid of milliseconds
    keys = [{k: v for k, v in row.items() if v is not None} for row in world.entity_rows]
    keys = [key for key in keys if set(view.rules.keys) <= set(key)]
    rows = draw_history(rng, view, keys, after) if keys else []
    for row in rows:
        if view.rules.known_at and row["event_time"] is not None and rng.random() < 0.5:
            row["known"], row["event_time"] = after + 1000, row["event_time"] - 10_000_000
    return rows


@pytest.mark.parametrize("number", NUMBERS)
def test_appending_the_future_changes_no_past_answer(tmp_path, number):
    shape = in_folders(draw_shape(generator(SEED, "future shape", number)))
    case = TrainingCase(folder_of(tmp_path, "past"), SEED, "future", number, shape=shape)
    first, rng, added = case.ask(), generator(SEED, "future rows", number), 0
    for view in case.shape.views:
        rows = [row for world in case.worlds for row in future_rows(rng, view, world)]
        path = tmp_path / "past" / "data" / view.rules.name / f"later.{view.format}"
        write_file(path, view, case.shape.keys, rows, rng)
        added += len(rows)
    assert added > 100
    assert bytes_of(case.ask()) == bytes_of(first), f"seed {case.seed}"


@pytest.mark.parametrize("number", NUMBERS)
def test_each_entity_row_is_answered_by_itself(tmp_path, number):
    """Half of the entity rows get what they got among all: no row's answer depends on the others."""
    case = TrainingCase(folder_of(tmp_path, "all"), SEED, "subset", number)
    everything, rng = case.ask(), generator(SEED, "half", number)
    places = [i for i in range(len(case.rows)) if rng.random() < 0.5]
    case.entities, case.rows = case.entities.take(places), [case.rows[i] for i in places]
    assert bytes_of(case.ask()) == bytes_of(everything.take(places)), f"seed {case.seed}"
