"""The runner of code blocks reports failures with the block's name and allows what the seeds need."""

import dataclasses

import pytest
import transcripts

EMPTY = transcripts.Transcript("none", "none.txt", False, "", None, [])
NO_SERVER = 1


def transcript_of(*codes):
    blocks = [
        transcripts.Block("none", f"{number:02}-block", "py", transcripts.HERE / "none", code, "", None)
        for number, code in enumerate(codes, 1)
    ]
    return dataclasses.replace(EMPTY, blocks=blocks)


def test_blocks_share_their_names_and_print_apart():
    printed = transcripts.run_python(transcript_of("x = 1\nprint('one')", "print(x + 1)"), NO_SERVER)
    assert printed == ["one\n", "2\n"]


def test_await_works_outside_functions():
    printed = transcripts.run_python(
        transcript_of("import asyncio\nprint(await asyncio.sleep(0, 'slept'))"), NO_SERVER
    )
    assert printed == ["slept\n"]


def test_failing_block_is_named_with_its_error():
    with pytest.raises(AssertionError, match="02-block failed(.|\n)*ZeroDivisionError"):
        transcripts.run_python(transcript_of("x = 0", "1 / x"), NO_SERVER)


def test_output_is_compared_without_leading_blanks_and_empty_lines():
    assert transcripts.printed_lines("\n  a: 1\n\n b \n") == ["a: 1", "b "]
