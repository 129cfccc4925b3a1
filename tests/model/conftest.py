"""Options of the random test; each has an environment variable for runs of the whole suite."""


def pytest_addoption(parser):
    group = parser.getgroup("model", "random histories compared with the model")
    group.addoption("--seed", type=int, help="play this history only (HATI_MODEL_SEED)")
    group.addoption("--steps", type=int, help="steps per history (HATI_MODEL_STEPS)")
    group.addoption("--shrink", type=int, help="make a failure short, for at most N seconds (HATI_MODEL_SHRINK)")
