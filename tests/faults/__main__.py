"""Run every fault, not a sample: ``python -m tests.faults`` (options go to pytest). Some ten minutes on one core."""

import os
import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    os.environ["SYNDICATOR_FAULTS"] = "all"
    sys.exit(pytest.main([str(Path(__file__).parent), *sys.argv[1:]]))
