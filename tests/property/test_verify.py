"""What is served is what the training path makes of what had been read, whatever came between two answers.

`verify` says so of random histories, loads, pushes and late rows. And it can fail: one forgotten load is enough.
"""

import pytest

from oracle.times import to_datetime
from property.draw import draw_key
from property.online import OnlineCase
from property.seeds import CASES, SEED
from property.sources import history_table
from property.test_online_equals_training import folder_of
from property.windows import DAY, WindowCase


class AskedInBetween(OnlineCase):
    """Random keys are asked for after every step that changes the online store; some rows are for online reads only."""

    def open(self, folder):
        from gnomon import FeatureStore

        return FeatureStore(repo_path=str(folder), served_log=1.0)

    def materialize(self, store):
        self.ask(store)
        super().materialize(store)
        self.ask(store)

    def push(self, store, rows):
        way = self.rng.choice(["online_and_offline", "offline", "online", "write"])
        table = history_table(self.view, self.shape.keys, rows, self.rng)
        if way == "write":
            store.write_to_online_store(self.view.rules.name, table)
        else:
            store.push("stream", table, to=way)
        self.ask(store)

    def ask(self, store):
        keys = [draw_key(self.rng, self.shape.keys, number) for number in range(5)]
        keys += [{k: row[k] for k in self.shape.keys if k in row} for row in self.rng.sample(self.rows, 20)]
        rows = [self.request_row({name: key[name] for name in self.view.rules.keys}) for key in keys]
        for t in [None, *self.instants(2)]:
            as_of = None if t is None else to_datetime(t)
            store.get_online_features(features=self.features(), entity_rows=rows, as_of=as_of)


def differing(report):
    return [
        (feature["name"], feature["reasons"], feature["first_differing"])
        for feature in report.features
        if feature["reasons"]
    ]


@pytest.mark.parametrize("batch", range(max(1, round(4 * CASES))))
def test_feature_rows(tmp_path, batch):
    compared = 0
    for number in range(3):
        retention = ["all", None, "365d"][number]
        case = AskedInBetween(folder_of(tmp_path, number), SEED, "verify", batch, number, as_of_retention=retention)
        report = case.store.verify()
        assert report.all_match, (case.seed, case.view, differing(report))
        compared += sum(feature["compared"] for feature in report.features)
        case.store.close()
    assert compared > 500


@pytest.mark.parametrize("batch", range(max(1, round(4 * CASES))))
def test_windows(tmp_path, batch):
    compared = 0
    for number in range(3):
        folder = folder_of(tmp_path, number)
        case = WindowCase(folder, SEED, "verify windows", batch, number, source="push", served_log=1.0)
        steps = [
            lambda case=case: case.store.materialize_incremental(at(case.anchor + case.span // 2)),
            lambda case=case: case.store.materialize_incremental(at(case.anchor + case.span + DAY)),
            lambda case=case: case.store.materialize(at(case.anchor), at(case.anchor + case.span // 3)),
            *[lambda case=case, to=to: push(case, to) for to in ("online", "online_and_offline", "offline", "online")],
        ]
        case.rng.shuffle(steps)
        ask(case)
        for step in steps:
            step()
            ask(case)
        report = case.store.verify()
        assert report.all_match, (case.seed, differing(report))
        compared += sum(feature["compared"] for feature in report.features)
        case.store.close()
    assert compared > 500


def push(case, to):
    case.store.push("pushed", case.table([case.draw_row() for _ in range(5)]), to=to)


def ask(case):
    keys = [*case.keys, ("nobody", 1), (None, 1)]
    for t in [t for _, t, _ in case.draw_asked(3)]:
        case.online(keys, t, [case.draw_request() for _ in keys])


def at(us):
    return to_datetime(us)


def test_a_load_that_nobody_wrote_down_is_found(tmp_path):
    """The negative control: with pushed rows taken from what verify reads, what was served has no origin."""
    found = 0
    for number in range(4):
        folder = folder_of(tmp_path, number)
        case = AskedInBetween(folder, SEED, "verify control", number)
        assert case.store.verify().all_match
        case.store.close()
        pushed = sorted((folder / ".gnomon" / "offline" / "pushed").rglob("part-*.parquet"))
        pushed += sorted((folder / ".gnomon" / "offline" / "online_only").rglob("part-*.parquet"))
        for file in pushed:
            empty_out(file)
        with case.open(folder) as store:
            report = store.verify()
        found += sum(sum(feature["reasons"].values()) for feature in report.features)
    assert found > 0


def empty_out(file):
    import pyarrow.parquet as pq

    pq.write_table(pq.read_table(file).slice(0, 0), file)
