"""Negative control: with any one rule of the oracle broken, the property test must find a difference.

A mutant that survives means that the random worlds never reach that rule's edge, and the green test proves nothing.
"""

import math

import pytest

from oracle.feature_row import FeatureRows
from oracle.order import rank
from property.online import OnlineCase, same_answer
from property.seeds import SEED
from property.training import TrainingCase


class TtlExclusive(FeatureRows):
    def is_fresh(self, view, row, t):
        return view.ttl_us == 0 or row[view.event_time] > t - view.ttl_us


class TtlOneMicrosecondLonger(FeatureRows):
    def is_fresh(self, view, row, t):
        return view.ttl_us == 0 or row[view.event_time] >= t - view.ttl_us - 1


class TtlZeroExpires(FeatureRows):
    def is_fresh(self, view, row, t):
        return row[view.event_time] >= t - view.ttl_us


class EventTimeExclusive(FeatureRows):
    def has_happened(self, view, row, t):
        return row[view.event_time] < t


class FutureRowsSeenOnceKnown(FeatureRows):
    def has_happened(self, view, row, t):
        return True


class KnownAtExclusive(FeatureRows):
    def is_visible(self, view, row, t):
        return self.known_time(view, row) < t


class KnownAtIgnored(FeatureRows):
    def is_visible(self, view, row, t):
        return True


class ServingLagIgnored(FeatureRows):
    def known_time(self, view, row):
        return super().known_time(view, row) - view.serving_lag_us


class NullKnownAtHides(FeatureRows):
    def is_visible(self, view, row, t):
        return not (view.known_at and row[view.known_at] is None) and super().is_visible(view, row, t)


class CreatedIgnored(FeatureRows):
    def created_rank(self, view, row):
        return ()


class NullCreatedWins(FeatureRows):
    def created_rank(self, view, row):
        created, *value = super().created_rank(view, row)
        return (1 - created, *value)


class ContentIgnored(FeatureRows):
    def content_rank(self, view, row):
        return []


class ContentByLastFeatureFirst(FeatureRows):
    def content_rank(self, view, row):
        return super().content_rank(view, row)[::-1]


class NullHighest(FeatureRows):
    def content_rank(self, view, row):
        return [(2,) if row[feature] is None else rank(row[feature]) for feature in view.features]


class NanLowest(FeatureRows):
    def content_rank(self, view, row):
        nan = [isinstance(row[feature], float) and math.isnan(row[feature]) for feature in view.features]
        return [(0, 0) if is_nan else rank(row[feature]) for is_nan, feature in zip(nan, view.features, strict=True)]


class ZerosAreEqual(FeatureRows):
    def content_rank(self, view, row):
        return [
            rank(0.0 if row[feature] == 0.0 and isinstance(row[feature], float) else row[feature])
            for feature in view.features
        ]


class SmallerContentWins(FeatureRows):
    def newest(self, view, rows, key, t):
        return super().newest(
            view, [row for row in rows if not any(self.loses(view, row, other) for other in rows)], key, t
        )

    def loses(self, view, row, other):
        tied = not self.is_bad(view, row) and not self.is_bad(view, other) and self.matches(view, row, other)
        return (
            tied
            and self.newness(view, row)[:2] == self.newness(view, other)[:2]
            and self.content_rank(view, other) < self.content_rank(view, row)
        )


class NullsPatchedFromOlderRows(FeatureRows):
    def newest(self, view, rows, key, t):
        row = super().newest(view, rows, key, t)
        older = super().newest(view, [r for r in rows if r is not row], key, t)
        if row is None or older is None:
            return row
        return {name: older.get(name) if value is None else value for name, value in row.items()}


class NullKeysMatch(FeatureRows):
    def is_bad(self, view, row):
        return row[view.event_time] is None


class FirstKeyOnly(FeatureRows):
    def matches(self, view, row, key):
        return row[view.keys[0]] == key[view.keys[0]]


# The broken ones of this file: the oracle of windows builds on FeatureRows too, and breaks nothing.
MUTANTS = [rules for rules in FeatureRows.__subclasses__() if rules.__module__ == __name__]
PROJECTS = 12


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    cases = []
    for number in range(PROJECTS):
        folder = tmp_path_factory.mktemp("control")
        (folder / "data").mkdir()
        case = TrainingCase(folder, SEED, "control", number, worlds=100)
        cases.append((case, case.ask()))
    return cases


def test_the_rules_as_written_are_met(answered):
    assert not [found for case, answer in answered for found in case.differences(FeatureRows(), answer)]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_broken_rule_is_noticed(answered, mutant):
    assert any(case.differences(mutant(), answer) for case, answer in answered), (
        f"no random world tells {mutant.__name__} apart"
    )


ONLINE_MUTANTS = [
    TtlExclusive,
    TtlOneMicrosecondLonger,
    EventTimeExclusive,
    FutureRowsSeenOnceKnown,
    KnownAtIgnored,
    ServingLagIgnored,
    CreatedIgnored,
    NullCreatedWins,
    ContentIgnored,
    NullsPatchedFromOlderRows,
    FirstKeyOnly,
]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """(case, world, key, t, answer) of a few online stores."""
    answers = []
    for number in range(8):
        folder = tmp_path_factory.mktemp("control_online")
        (folder / "data").mkdir()
        case = OnlineCase(folder, SEED, "control online", number)
        for t in case.instants(8):
            asked = case.keys_asked(range(len(case.worlds)))
            found = case.online(asked, t)
            answers += [(case, world, key, t, answer) for (world, key), answer in zip(asked, found, strict=True)]
        case.store.close()
    return answers


def online_differs(rules, served):
    return any(not same_answer(case.expected(rules, world, key, t), got) for case, world, key, t, got in served)


def test_the_rules_as_written_are_met_online(served):
    assert not online_differs(FeatureRows(), served)


@pytest.mark.parametrize("mutant", ONLINE_MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_broken_rule_is_noticed_online(served, mutant):
    assert online_differs(mutant(), served), f"no random world tells {mutant.__name__} apart online"
