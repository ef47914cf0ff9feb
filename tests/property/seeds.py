"""What makes a run of random tests repeatable, and how large it is."""

import os

SEED = int(os.environ.get("GNOMON_SEED", "20240229"))  # one number reproduces every random test
CASES = float(os.environ.get("GNOMON_CASES", "1"))  # scales how many cases are drawn
