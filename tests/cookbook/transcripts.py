"""Reads the transcripts: for each seed a folder with its code blocks, indented, and what they print.

See README.md for the files of a folder. Nothing here knows any particular seed.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass
from typing import List, Optional

import substitutions

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent


@dataclass(frozen=True)
class Block:
    transcript: str
    name: str
    language: str  # "py" or "sh"
    path: pathlib.Path
    code: str
    output: str  # as printed in the seed; empty when the seed prints none
    check: Optional[pathlib.Path]  # our own assertions, run after the block

    @property
    def heading(self):
        """`02-set-up-baseline-data` is "Set up baseline data"."""
        return self.name.split("-", 1)[1].replace("-", " ").capitalize()

    def runnable(self, **values):
        return substitutions.apply(self.transcript, "code", self.code, **values)

    def expected(self, **values):
        return substitutions.apply(self.transcript, "output", self.output, **values)


@dataclass(frozen=True)
class Transcript:
    name: str
    seed: str  # file name
    complete: bool  # whether every code block of the seed is here
    sha256: str  # of the blocks without white space: tells an edit even where the seed is not at hand
    fixture: Optional[pathlib.Path]
    blocks: List[Block]

    @property
    def python_blocks(self):
        return [block for block in self.blocks if block.language == "py"]

    @property
    def shell_blocks(self):
        return [block for block in self.blocks if block.language == "sh"]

    def digest(self):
        text = "".join(squeeze(block.code + block.output) for block in self.blocks)
        return hashlib.sha256(text.encode()).hexdigest()


def load(name) -> Transcript:
    folder = HERE / name
    paths = sorted(path for path in folder.glob("[0-9]*") if path.suffixes in ([".py"], [".sh"]))
    blocks = [
        Block(
            transcript=name,
            name=path.stem,
            language=path.suffix[1:],
            path=path,
            code=path.read_text(encoding="utf-8"),
            output=_text(path.with_suffix(".out")),
            check=_existing(path.with_suffix(".check.py")),
        )
        for path in paths
    ]
    about = json.loads((folder / "seed.json").read_text(encoding="utf-8"))
    return Transcript(name, fixture=_existing(folder / "fixture.py"), blocks=blocks, **about)


def load_all() -> List[Transcript]:
    return [load(path.parent.name) for path in sorted(HERE.glob("*/seed.json"))]


def seed_text(transcript) -> Optional[str]:
    """The seed itself, if it is at hand: HATIDATA_SEEDS, or a `seeds` folder in or beside the repository."""
    folders = [REPOSITORY / "seeds", REPOSITORY.parent / "shared" / "seeds"]
    if os.environ.get("HATIDATA_SEEDS"):
        folders.insert(0, pathlib.Path(os.environ["HATIDATA_SEEDS"]))
    for folder in folders:
        if (folder / transcript.seed).is_file():
            return (folder / transcript.seed).read_text(encoding="utf-8")
    return None


def squeeze(text) -> str:
    """The text without white space, which is all that the seeds lost."""
    return "".join(text.split())


def printed_lines(text) -> List[str]:
    """Output as it is compared: leading blanks and empty lines, which the seeds lost, do not count."""
    return [line.lstrip() for line in text.splitlines() if line.strip()]


def run_python(transcript, port) -> List[str]:
    """Runs fixture, blocks and checks in one fresh interpreter; what each block printed.

    The first that fails raises, with its name and what Python said.
    """
    steps = [_step("fixture", transcript.fixture)] if transcript.fixture else []
    for block in transcript.python_blocks:
        steps.append({"name": block.name, "path": str(block.path), "code": block.runnable(port=port), "block": True})
        if block.check:
            steps.append(_step(f"check of {block.name}", block.check))
    address = {"5439": int(substitutions.apply(transcript.name, "connection", "5439", port=port))}
    done = subprocess.run(
        [sys.executable, str(HERE / "run_blocks.py")],
        input=json.dumps({"ports": address, "steps": steps}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )
    if done.returncode != 0:
        raise AssertionError(f"{transcript.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def _step(name, path):
    return {"name": name, "path": str(path), "code": path.read_text(encoding="utf-8"), "block": False}


def _existing(path):
    return path if path.is_file() else None


def _text(path):
    return path.read_text(encoding="utf-8") if path.is_file() else ""
