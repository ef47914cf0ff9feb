"""What is served at `t` is what a training set says at `t`, is what the oracle says: 2,000 cases by default.

Training is asked for history="ideal", because a push of today is not *known* in the past; an online read as of a time
in the past sets the same thing aside.
"""

import pytest

from oracle.feature_row import FeatureRows
from oracle.order import same
from oracle.times import to_us
from property.online import LAST_MONTH, NOW, OnlineCase, same_answer
from property.seeds import CASES, SEED

RULES = FeatureRows()


def folder_of(tmp_path, number):
    folder = tmp_path / f"project_{number}"
    (folder / "data").mkdir(parents=True)
    return folder


def check_online_training_and_oracle(case):
    for t in case.instants(8):
        asked = case.keys_asked(range(len(case.worlds)))
        online, training = case.online(asked, t), case.training(asked, t)
        for (world, key), served, trained in zip(asked, online, training, strict=True):
            expected = case.expected(RULES, world, key, t)
            assert same_answer(expected, served), "online: " + case.explain(world, key, t, expected, served)
            for feature, value in trained.items():
                wrong = "training: " + case.explain(world, key, t, expected, trained)
                assert same(expected[feature][0], value), wrong
    case.store.close()


@pytest.mark.parametrize("batch", range(max(1, round(10 * CASES))))
def test_online_equals_training_and_oracle(tmp_path, batch):
    for number in range(4):
        check_online_training_and_oracle(OnlineCase(folder_of(tmp_path, number), SEED, "online", batch, number))


@pytest.mark.parametrize("batch", range(max(1, round(10 * CASES))))
def test_the_same_over_redis(tmp_path, redis, batch):
    settings = redis.settings(key_prefix=f"property_{batch}")
    check_online_training_and_oracle(OnlineCase(folder_of(tmp_path, 0), SEED, "redis", batch, settings=settings))


@pytest.mark.parametrize("retention", [None, "1s", "365d"])
@pytest.mark.parametrize("batch", range(max(1, round(3 * CASES))))
def test_a_store_that_keeps_less_says_so_and_is_never_wrong(tmp_path, batch, retention):
    """INVALID is for a past that was not kept: never for now, nor where the newest row of all, always kept, decides."""
    case = OnlineCase(folder_of(tmp_path, batch), SEED, "retention", retention, batch, as_of_retention=retention)
    asked = case.keys_asked(range(len(case.worlds)))
    for t in [None, *case.instants(12)]:
        at = to_us(NOW) if t is None else t
        for (world, key), served in zip(asked, case.online(asked, t), strict=True):
            expected = case.expected(RULES, world, key, at)
            newest = case.newest_row(RULES, world, key, at)
            decided = newest is not None and newest is case.newest_row(RULES, world, key, to_us(NOW))
            invalid = all(value is None and status == "INVALID" for value, status, _ in served.values())
            if t is None or decided or not invalid:
                assert same_answer(expected, served), case.explain(world, key, t, expected, served)
    case.store.close()


@pytest.mark.parametrize("batch", range(max(1, round(3 * CASES))))
def test_what_the_retention_covers_is_answered(tmp_path, batch):
    options = {"as_of_retention": "365d", "anchors": [LAST_MONTH]}
    case = OnlineCase(folder_of(tmp_path, batch), SEED, "covered", batch, **options)
    asked = case.keys_asked(range(len(case.worlds)))
    for t in case.instants(12):
        for (world, key), served in zip(asked, case.online(asked, t), strict=True):
            expected = case.expected(RULES, world, key, t)
            assert same_answer(expected, served), case.explain(world, key, t, expected, served)
    case.store.close()
