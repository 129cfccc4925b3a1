"""Random histories on a real server, compared with a simple model after every step.

    pytest tests/model                          a few fixed histories
    pytest tests/model --seed 7 --steps 500     another one
    pytest tests/model --seed 7 --shrink 120    and, if it fails, the shortest that still fails

The same as HATI_MODEL_SEED, HATI_MODEL_STEPS and HATI_MODEL_SHRINK in the environment.
"""

import os

import pytest
from harness.server import Server
from player import Mismatch, play_new, shrink

SEEDS = [20, 74, 131, 274, 331, 382]  # together they reach every row of the merge table
STEPS = 110


def option(config, name):
    value = config.getoption(f"--{name}", default=None)
    return int(value or os.environ.get(f"HATI_MODEL_{name.upper()}") or 0) or None


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        chosen = option(metafunc.config, "seed")
        metafunc.parametrize("seed", [chosen] if chosen else SEEDS)


@pytest.mark.timeout(1800)
def test_every_table_equals_the_model_after_every_step(seed, pytestconfig):
    steps = option(pytestconfig, "steps") or STEPS
    try:
        with Server() as server:
            play_new(server, seed, steps)
    except Mismatch as mismatch:
        seconds = option(pytestconfig, "shrink")
        if seconds:
            mismatch = shrink(Server, mismatch, seconds)
        pytest.fail(f"seed {seed}, {steps} steps: {mismatch.report()}", pytrace=False)
