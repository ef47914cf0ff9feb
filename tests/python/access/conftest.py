import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def guarded(tmp_path):
    from guarded import GuardedProject

    return GuardedProject(tmp_path / "meters")
