"""Training sets equal the oracle's on random worlds: 16,000 cases by default."""

import pytest

from oracle.feature_row import FeatureRows
from property.seeds import CASES, SEED
from property.training import TrainingCase, report

WORLDS_PER_PROJECT = 100
PROJECTS_PER_TEST = 8


@pytest.mark.parametrize("batch", range(max(1, round(20 * CASES))))
def test_training_equals_oracle(tmp_path, monkeypatch, batch):
    for number in range(PROJECTS_PER_TEST):
        folder = tmp_path / f"project_{number}"
        (folder / "data").mkdir(parents=True)
        monkeypatch.setenv("GNOMON_THREADS", str(1 + number % 4))
        case = TrainingCase(folder, SEED, "training", batch, number, worlds=WORLDS_PER_PROJECT)
        found = case.differences(FeatureRows(), case.ask())
        assert not found, report(found)
