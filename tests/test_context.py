"""Denied, past, somebody else's, hypothetical."""

from __future__ import annotations

import pytest

from legcause.text.context import Status, statuses
from legcause.text.lexicon import Lexicon

from .conftest import cases


@pytest.mark.parametrize("case", cases("context.jsonl"), ids=lambda case: " ".join(case["text"].split()))
def test_each_word_has_the_status_that_a_reader_gives_it(case: dict, lexicon: Lexicon) -> None:
    tokens = lexicon.read(case["text"])
    status = {token.word: s for token, s in zip(tokens, statuses(tokens, lexicon), strict=True)}
    for expected in Status:
        for word in case.get(str(expected), []):
            assert status[word] == expected, word


def test_a_denial_far_back_in_a_list_without_end_is_read_in_linear_time(lexicon: Lexicon) -> None:
    tokens = lexicon.read("no " + "pain, " * 50_000)
    assert len(statuses(tokens, lexicon)) == len(tokens)
