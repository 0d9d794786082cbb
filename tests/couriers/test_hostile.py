"""What couriers write is a stranger's word: numbers, moments and labels are taken for such only where they can be."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest

from carrier_backend.couriers.ecotrack import translate as ecotrack
from carrier_backend.couriers.intigo import translate as intigo
from carrier_backend.couriers.parcel2go import translate as parcel2go
from carrier_backend.domain.parcels import LABEL_LIMIT_BYTES, Label, LabelEncoding
from tests.corpus.strings import HOSTILE
from tests.fakes import MONDAY

NUMBERS: dict[str, Callable[[object], str]] = {
    "intigo": intigo.as_id,
    "parcel2go": parcel2go.as_id,
    "ecotrack": ecotrack.as_tracking,
}
MOMENTS: dict[str, Callable[[str, str], datetime | None]] = {
    "intigo": lambda day, time: intigo.as_moment(f"{day}T{time}", MONDAY),
    "parcel2go": lambda day, time: parcel2go.as_moment(f"{day}T{time}"),
    "ecotrack": ecotrack.as_moment,
}
AMOUNTS: dict[str, Callable[[object], Decimal | None]] = {
    "parcel2go": parcel2go.as_number,
    "ecotrack": ecotrack.as_number,
}
NO_AMOUNTS: Sequence[object] = (
    *(
        "1E+999999",
        "-1E+999999",
        "9" * 40,
        1e300,
        10**12,
        "NaN",
        "-Infinity",
        "sNaN",
        "0x10",
        "1,50",
        "",
        " ",
        None,
        True,
    ),
    *([], {}, "1" * 100_000),
)
NO_TEXT: Sequence[object] = (
    None,
    True,
    False,
    1.5,
    1e3,
    float("inf"),
    -1,
    10**40,
    [],
    {},
    ["1"],
    {"id": "1"},
    b"12345",
)
DAYS = (
    *("2026-11-23", "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "26-11-23", "2026/11/23", "23.11.2026"),
    *("2026-W48-1", "20261123", "", " ", "٢٠٢٦-١١-٢٣", "-2026-11-23", "1970-01-01", "2026-11-23\x00", "<b>", "null"),
)
TIMES = (
    *("10:00:00", "10:00:00Z", "10:00:00+14:00", "10:00:00-23:59", "10:00:00+24:00", "24:00:00", "23:59:60", "25:00"),
    *("10:00:00.1234567", "10:00:00.12345678901234567890", "", "10", "١٠:٠٠:٠٠", "10:00:00 +01:00", "'; --"),
)


@pytest.mark.parametrize("courier", NUMBERS)
def test_a_number_is_plain_and_safe_in_an_address_or_there_is_none(courier: str) -> None:
    read = [NUMBERS[courier](value) for value in (*HOSTILE, *NO_TEXT)]
    assert [number for number in read if not re.fullmatch(r"[A-Za-z0-9-]{0,40}", number)] == []


@pytest.mark.parametrize("courier", NUMBERS)
def test_a_number_is_read_as_it_is_written_or_not_at_all(courier: str) -> None:
    assert [text for text in HOSTILE if NUMBERS[courier](text) not in ("", text.strip())] == []


@pytest.mark.parametrize("courier", AMOUNTS)
def test_an_amount_can_be_reckoned_with_or_there_is_none(courier: str) -> None:
    assert [value for value in NO_AMOUNTS if AMOUNTS[courier](value) is not None] == []
    assert [AMOUNTS[courier](value) for value in ("12.50", 12.5, "-3", 0)] == [
        Decimal(n) for n in ("12.5", "12.5", "-3", "0")
    ]


@pytest.mark.parametrize(
    "told",
    [
        parcel2go.reasons({"Errors": [{"Error": f"no {number}"} for number in range(10_000)]}),
        ecotrack.reasons({"errors": {f"field {number}": ["no"] for number in range(10_000)}}),
    ],
    ids=["parcel2go", "ecotrack"],
)
def test_of_endless_reasons_some_are_told(told: Sequence[str]) -> None:
    assert 1 < len(told) <= 20


@pytest.mark.parametrize("courier", MOMENTS)
def test_a_moment_can_be_told_on_or_there_is_none(courier: str) -> None:
    written = [*product(DAYS, TIMES)]
    assert len(written) >= 200
    read = [at for at in (MOMENTS[courier](day, time) for day, time in written) if at is not None]
    assert read
    assert [at for at in read if at.tzinfo is not UTC or at.year < 2000] == []


@pytest.mark.parametrize("text", HOSTILE[:40])
def test_no_text_is_a_label(text: str) -> None:
    assert Label(LabelEncoding.PDF, text.encode()).fault


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"%PDF-", b"%PDF-1.4", b"%%EOF", b"%PDF-1.4 cut off", b" %PDF-1.4 %%EOF", b"<html>%PDF- %%EOF</html>"),
        *(b"%pdf-1.4 %%EOF", b"\xef\xbb\xbf%PDF-1.4 %%EOF", b"JVBERi0xLjQK", b"^XA^XZ", b"\x89PNG\r\n", b"PK\x03\x04"),
        *(b"%PDF-1.4 %%EOF" + bytes(2000), b"%PDF-" + bytes(LABEL_LIMIT_BYTES) + b"%%EOF"),
    ],
    ids=lambda content: repr(content[:24]) + str(len(content)),
)
def test_what_is_no_whole_document_of_moderate_size_is_no_label(content: bytes) -> None:
    assert Label(LabelEncoding.PDF, content).fault


def test_a_label_of_the_largest_size_is_one() -> None:
    content = b"%PDF-1.4" + bytes(LABEL_LIMIT_BYTES - 13) + b"%%EOF"
    assert Label(LabelEncoding.PDF, content).fault is None
