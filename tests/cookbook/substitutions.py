"""Where a run of the seeds' code differs from its text: the whole list, each with its reason.

`{port}` and `{package}` are filled in by the test: the port of the server under test, and the
folder of the Python package.
"""

from typing import NamedTuple


class Substitution(NamedTuple):
    transcript: str  # folder name, or "*" for all
    where: str  # "code", "output", or "connection" (address that the code connects to)
    find: str
    replace: str
    reason: str


SUBSTITUTIONS = [
    Substitution(
        "*",
        "connection",
        "5439",
        "{port}",
        "the test server listens on a free port of the loopback address, so that tests never meet another"
        " server; the code keeps its host and port (or the default), only the connection is led there",
    ),
    Substitution("*", "output", "5439", "{port}", "the same port, where `hati init` prints it"),
    Substitution(
        "openai-branch-exploration",
        "code",
        "pip install openai hatidata-agent",
        "pip install {package}",
        "hatidata-agent is installed from this repository, which is what is under test; no block imports openai",
    ),
    Substitution(
        "autogen-state-branch",
        "code",
        "pip install autogen-agentchat hatidata-agent",
        "pip install {package}",
        "hatidata-agent is installed from this repository, which is what is under test; no block imports autogen",
    ),
    Substitution(
        "python-sdk",
        "code",
        "pip install hatidata-agent",
        "pip install {package}",
        "hatidata-agent is installed from this repository, which is what is under test",
    ),
    Substitution(
        "python-sdk",
        "code",
        '"br_a1b2c3d4"',
        "branch_id",
        "the id is an example: the server makes up ids, and the block before keeps the real one in this variable",
    ),
]


def apply(transcript, where, text, **values):
    """The text with every substitution of this transcript and place made."""
    for each in SUBSTITUTIONS:
        if each.transcript in ("*", transcript) and each.where == where and each.find in text:
            text = text.replace(each.find, each.replace.format(**values))
    return text
