"""Names of ours, sides of a box, and what can be printed."""

import re

import pytest

from carrier_backend.domain.parcels import Label, LabelEncoding, mint_reference
from tests.fakes import a_label

FIVE_MEBIBYTES = 5 * 1024 * 1024


def label_of(content: bytes) -> Label:
    return Label(LabelEncoding.PDF, content)


def test_a_reference_is_twenty_characters_of_base_32() -> None:
    assert all(re.fullmatch("[A-Z2-7]{20}", mint_reference()) for _ in range(1000))


def test_no_reference_comes_twice() -> None:
    assert len({mint_reference() for _ in range(100_000)}) == 100_000


def test_a_whole_document_is_a_label() -> None:
    assert label_of(a_label("to Amira")).fault is None


def test_a_few_bytes_may_follow_the_end_of_the_document() -> None:
    assert label_of(a_label("to Amira") + b"\r\n" * 20).fault is None


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "empty"),
        (b"<html>please log in</html>%%EOF", "not a whole PDF"),
        (b"%PDF-1.4 and then nothing", "not a whole PDF"),
        (b"\n%PDF-1.4 %%EOF", "not a whole PDF"),
        (b"%PDF-1.4 %%EOF" + bytes(1024), "not a whole PDF"),
        (b"^XA^FDzpl^XZ", "not a whole PDF"),
        (b"%PDF-1.4" + bytes(FIVE_MEBIBYTES) + b"%%EOF", "larger than 5 MiB"),
    ],
)
def test_what_cannot_be_printed_is_no_label(content: bytes, fault: str) -> None:
    assert fault in str(label_of(content).fault)


def test_a_label_of_exactly_five_mebibytes_is_not_too_large() -> None:
    frame = len(b"%PDF-" + b"%%EOF")
    assert label_of(b"%PDF-" + bytes(FIVE_MEBIBYTES - frame) + b"%%EOF").fault is None


def test_equal_labels_have_one_digest_and_others_another() -> None:
    assert label_of(b"a").digest == label_of(b"a").digest
    assert label_of(b"a").digest != label_of(b"b").digest


def test_a_label_is_not_printed_into_a_log() -> None:
    assert "Amira" not in repr(label_of(a_label("to Amira")))
