"""Every function over every kind of window, in training sets and online, against the oracle: 24,000 cases."""

import pytest

from oracle.order import same
from oracle.times import to_us
from oracle.windows import WindowRules
from property.seeds import CASES, SEED
from property.windows import DAY, WindowCase


def folder_of(tmp_path, number):
    folder = tmp_path / f"project_{number}"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("batch", range(max(1, round(10 * CASES))))
def test_training_equals_oracle(tmp_path, batch):
    """10 batches × 4 projects × 12 features × 40 rows."""
    for number in range(4):
        case = WindowCase(folder_of(tmp_path, number), SEED, "windows", batch, number)
        asked = case.draw_asked(40)
        answer = case.training(asked)
        for feature, values in answer.items():
            for one, got in zip(asked, values, strict=True):
                expected = case.expected(*one, feature)[0]
                assert same(expected, got), case.explain(*one, feature, expected, got)


@pytest.mark.parametrize("batch", range(max(1, round(4 * CASES))))
def test_online_equals_training_and_oracle(tmp_path, batch):
    """4 batches × 3 projects × 12 features × 8 times × 5 keys; half of the events arrive in a second load."""
    for number in range(3):
        case = WindowCase(folder_of(tmp_path, number), SEED, "online windows", batch, number)
        case.store.materialize_incremental(_at(case.anchor + case.span // 2))
        case.store.materialize_incremental(_at(case.anchor + case.span + DAY))
        keys = [*case.keys, ("nobody", 1), (None, 1)]
        for t in [t for _, t, _ in case.draw_asked(8)]:
            asked = [(key, t, case.draw_request()) for key in keys]
            trained = case.training(asked)
            for feature, answers in case.online(keys, t, [own for *_, own in asked]).items():
                for one, (value, status, newest), from_training in zip(asked, answers, trained[feature], strict=True):
                    expected = case.expected(*one, feature)
                    assert same(value, from_training), case.explain(*one, feature, from_training, value)
                    # Without a value to serve the time is written as 1970, as in Feast.
                    got = (value, status, 0 if newest is None else to_us(newest))
                    time = 0 if expected[1] == "INVALID" else expected[2] or 0
                    right = same(expected[0], value) and (expected[1], time) == got[1:]
                    assert right, case.explain(*one, feature, expected, got)
        case.store.close()


def _end_counts(self, view, row, span):
    return (span[0] is None or span[0] <= row[view.event_time]) and row[view.event_time] <= span[1]


def _start_does_not(self, view, row, span):
    return (span[0] is None or span[0] < row[view.event_time]) and row[view.event_time] < span[1]


@pytest.mark.parametrize("rule", [_end_counts, _start_does_not])
def test_a_broken_rule_is_found(tmp_path, monkeypatch, rule):
    """The harness can fail: an oracle that is wrong at one edge of the windows disagrees with the product."""
    monkeypatch.setattr(WindowRules, "is_inside", rule)
    differences = 0
    for number in range(6):
        case = WindowCase(folder_of(tmp_path, number), SEED, "windows", 0, number)
        asked = case.draw_asked(40)
        for feature, values in case.training(asked).items():
            differences += sum(
                not same(case.expected(*one, feature)[0], got) for one, got in zip(asked, values, strict=True)
            )
    assert differences > 0


def _at(us):
    import datetime as dt

    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)
