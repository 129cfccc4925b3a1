"""Runs the `hati` command line as a person or a script would, and gives back what it said."""

import json
import os
import subprocess
import time
from dataclasses import dataclass

from harness.server import clean_env, hati_bin


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    def failed_clearly(self):
        """`error: <sentence>` and `hint: <next step>` on stderr, nothing on stdout."""
        assert self.code not in (0, 101), self
        assert self.out == "", self
        lines = self.err.strip().splitlines()
        assert any(line.startswith("error: ") for line in lines), self.err
        assert any(line.startswith("hint: ") for line in lines), self.err
        assert "panicked" not in self.err, self.err
        return self


def drop_privileges():
    """Root may write everywhere; take that right away, so that a read-only folder is one."""
    if os.geteuid() == 0:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (1, 2, 3):  # DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
            assert libc.prctl(24, capability, 0, 0, 0) == 0, "PR_CAPBSET_DROP"


def hati(*args, cwd=None, env=None, stdin=None, timeout=45, unprivileged=False):
    """Runs `hati args…` to its end."""
    done = subprocess.run(
        [hati_bin(), *map(str, args)],
        cwd=cwd,
        env=clean_env(env),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=timeout,
        preexec_fn=drop_privileges if unprivileged else None,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def alive(pid):
    """True while a process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid, seconds=15):
    deadline = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
