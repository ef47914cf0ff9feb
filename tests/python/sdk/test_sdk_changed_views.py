"""A view that is changed, taken away or brought back: never an answer of its earlier life."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnomon import Aggregation, Entity, FeatureStore, FeatureView, FileSource, PushSource

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
USER = Entity("user", join_keys=["user_id"])
FILE = FileSource("history", path="history.parquet", timestamp_field="at")
STREAM = PushSource("stream", batch_source=FILE)
UNCOVERED = (None, "INVALID")


def rows(*facts: tuple[dt.datetime, int], user: int = 1) -> pa.Table:
    times, values = zip(*facts, strict=True)
    return pa.table(
        {
            "user_id": pa.array([user] * len(facts), pa.int64()),
            "at": pa.array(times, pa.timestamp("us", "UTC")),
            "x": pa.array(values, pa.int64()),
        }
    )


class Project:
    """Two facts of one user: 1 at ten, 2 at noon."""

    def __init__(self, folder: Path, kind: str = "rows") -> None:
        (folder / "gnomon.yaml").write_text("project: shop\n")
        pq.write_table(rows((NOON - 2 * HOUR, 1), (NOON, 2)), folder / "history.parquet")
        self.kind, self.store = kind, FeatureStore(str(folder))
        self.feature = "x" if kind == "rows" else "x_last_lifetime"

    def define(self, **options: Any) -> None:
        if self.kind != "rows":
            options["aggregations"] = [Aggregation("x", "last", "lifetime")]
        self.store.apply([USER, FILE, STREAM, FeatureView("v", entities=[USER], source=STREAM, **options)])

    def served(self, at: dt.datetime | None, user: int = 1) -> tuple[object, str]:
        answer = self.store.get_online_features([f"v:{self.feature}"], [{"user_id": user}], as_of=at)
        found = answer.to_dict(include_metadata=True)
        one = (found[self.feature][0], found[f"{self.feature}__status"][0])
        assert (one == UNCOVERED) == any("AS_OF_NOT_COVERED" in error for error in answer.errors)
        return one

    def trained(self, at: dt.datetime) -> object:
        asked = pa.table({"user_id": [1], "event_timestamp": pa.array([at], pa.timestamp("us", "UTC"))})
        return self.store.get_historical_features(asked, [f"v:{self.feature}"]).to_arrow()[self.feature].to_pylist()[0]


@pytest.fixture(params=["rows", "windows"])
def project(request: pytest.FixtureRequest, tmp_path: Path):
    made = Project(tmp_path, request.param)
    yield made
    made.store.close()


JUST_AFTER_NOON = NOON + dt.timedelta(minutes=1)


def test_a_changed_serving_lag_is_not_answered_from_what_another_lag_left(project: Project) -> None:
    project.define(as_of_retention="all")
    project.store.materialize_incremental(NOON + 3 * HOUR)
    assert project.served(JUST_AFTER_NOON) == (2, "PRESENT")

    project.define(as_of_retention="all", serving_lag="1h")
    assert project.served(JUST_AFTER_NOON) == UNCOVERED  # not 2, which is not known yet, nor 1, which is not there
    project.store.materialize_incremental(NOON + 3 * HOUR)
    for at in (NOON - HOUR, JUST_AFTER_NOON, NOON + HOUR, NOON + 2 * HOUR):
        assert project.served(at)[0] == project.trained(at)
    assert project.served(JUST_AFTER_NOON) == (1, "PRESENT")
    assert project.served(NOON + HOUR) == (2, "PRESENT")


def test_a_lag_that_is_changed_back_forgets_what_it_had(project: Project) -> None:
    """A push in between went to the rows of the other lag only: the old rows would hide it."""
    project.define(as_of_retention="all")
    project.store.materialize_incremental(NOON + 3 * HOUR)
    project.define(as_of_retention="all", serving_lag="1h")
    project.store.materialize_incremental(NOON + 3 * HOUR)
    project.store.push("stream", rows((NOON + 4 * HOUR, 3)))
    assert project.served(NOON + 6 * HOUR) == (3, "PRESENT")
    project.define(as_of_retention="all")
    assert project.served(NOON + 6 * HOUR)[0] in (None, 3)
    project.store.materialize_incremental(NOON + 6 * HOUR)
    assert project.served(NOON + 6 * HOUR) == (3, "PRESENT")
    assert project.served(JUST_AFTER_NOON) == (2, "PRESENT") == (project.trained(JUST_AFTER_NOON), "PRESENT")


def test_nothing_of_the_past_is_known_before_the_first_materialization(tmp_path: Path) -> None:
    """A push is served at once; whether something was true before it, only the history can tell."""
    project = Project(tmp_path)
    project.define(as_of_retention="all")
    project.store.push("stream", rows((NOON + 4 * HOUR, 3)))
    assert project.served(None) == (3, "PRESENT")
    assert project.served(NOON) == UNCOVERED
    project.store.materialize_incremental(NOON + 6 * HOUR)
    assert project.served(NOON) == (2, "PRESENT")
    project.store.close()


def test_a_widened_retention_does_not_invent_what_was_not_kept(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.define()
    project.store.materialize_incremental(NOON + HOUR)  # keeps the newest alone
    project.define(as_of_retention="all")
    assert project.served(NOON - HOUR) == UNCOVERED
    assert project.served(JUST_AFTER_NOON) == (2, "PRESENT")
    project.store.push("stream", rows((NOON + 4 * HOUR, 3)))
    project.store.materialize_incremental(NOON + 6 * HOUR)
    assert project.served(NOON - HOUR) == UNCOVERED
    assert project.served(JUST_AFTER_NOON) == (2, "PRESENT")  # kept from the change on
    assert project.served(NOON + 5 * HOUR) == (3, "PRESENT")
    assert project.served(NOON - 3 * HOUR)[0] is None
    project.store.materialize(NOON - 24 * HOUR, NOON + 6 * HOUR)
    assert project.served(NOON - HOUR) in (UNCOVERED, (1, "PRESENT"))
    project.store.push("stream", rows((NOON - 2 * HOUR, 7), (NOON, 8), user=2))  # of one who was not there before
    assert project.served(NOON - HOUR, user=2) == (7, "PRESENT")
    project.store.close()


def test_a_view_that_comes_back_starts_empty(project: Project) -> None:
    project.define(as_of_retention="all")
    project.store.materialize_incremental(NOON + HOUR)
    if project.kind == "rows":
        project.store.write_to_online_store("v", rows((NOON + 3 * HOUR, 9)))
    else:
        project.store.push("stream", rows((NOON + 3 * HOUR, 9)), to="online")
    assert project.served(NOON + 4 * HOUR) == (9, "PRESENT")
    project.store.apply(allow_destructive=True)  # there are no definition files: everything that was applied goes
    project.define(as_of_retention="all")
    assert project.served(NOON + 4 * HOUR) == UNCOVERED
    project.store.materialize_incremental(NOON + 5 * HOUR)
    assert project.served(NOON + 4 * HOUR) == (2, "PRESENT")
