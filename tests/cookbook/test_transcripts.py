"""The transcripts are the seeds: nothing added, nothing left out but white space."""

import re

import pytest
import substitutions
import transcripts

ALL = transcripts.load_all()
by_name = pytest.mark.parametrize("transcript", ALL, ids=lambda each: each.name)

# What code looks like once its white space is gone. A seed's prose contains none of these.
CODE = re.compile(r"hati\.|print\(|import[a-z_]+hati|=HatiData|SELECTbranch_|for\w+in\w+:|(?<!\$)hatiinit|(?<!\$)pipinstall")


def gaps(transcript):
    """The seed's text between the blocks, without white space; each block is found after the one before."""
    seed = transcripts.seed_text(transcript)
    if seed is None:
        pytest.skip("the seeds are not at hand; set HATIDATA_SEEDS to their folder")
    rest = transcripts.squeeze(seed)
    found = []
    for block in transcript.blocks:
        text = transcripts.squeeze(block.code + block.output)
        before, match, rest = rest.partition(text)
        assert match, f"{block.name} and its output do not stand in {transcript.seed} after the block before it"
        found.append(before)
    return found + [rest]


@by_name
def test_transcript_is_the_seed_without_its_white_space(transcript):
    assert gaps(transcript)


@pytest.mark.parametrize("transcript", [each for each in ALL if each.complete], ids=lambda each: each.name)
def test_no_code_block_of_a_complete_seed_is_left_out(transcript):
    left_out = [CODE.search(gap).group() for gap in gaps(transcript) if CODE.search(gap)]
    assert left_out == []


@by_name
def test_transcript_is_the_one_that_was_proved(transcript):
    """Holds where the seeds are not at hand: an edit of a block changes the digest."""
    assert transcript.digest() == transcript.sha256


@by_name
def test_code_that_is_looked_for_in_the_gaps_is_what_blocks_contain(transcript):
    unlike = [block.name for block in transcript.blocks if not CODE.search(transcripts.squeeze(block.code))]
    assert unlike == [] or not transcript.complete


def test_every_substitution_is_needed_and_has_a_reason():
    for each in substitutions.SUBSTITUTIONS:
        blocks = [block for one in ALL if each.transcript in ("*", one.name) for block in one.blocks]
        texts = [block.output if each.where == "output" else block.code for block in blocks]
        assert any(each.find in text for text in texts), f"{each.find} occurs nowhere"
        assert each.reason
