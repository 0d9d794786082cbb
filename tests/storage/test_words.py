"""What others say in words of their own is sealed, and told from other by what names nobody."""

import pytest

from carrier_backend.storage import words
from carrier_backend.storage.store import Store
from tests.storage.kept import NUMBERS


@pytest.mark.parametrize("code", ["5", "prete_a_expedier", "Return_received", "hint", "x" * 64, "25.1"])
def test_a_code_is_its_own_key(code: str) -> None:
    assert words.code_key(code) == code


@pytest.mark.parametrize("text", ["given to Amira", "prête", "x" * 65, "", "a\nb"])
def test_a_text_goes_by_a_digest(text: str) -> None:
    key = words.code_key(text)
    assert key.startswith(words.IN_WORDS)
    assert len(key) <= 64
    assert key != words.code_key(text + str(next(NUMBERS)))


def test_a_sealed_text_is_opened_again(store: Store) -> None:
    with store.read() as unit:
        sealed = words.seal(unit, "given to Amira")
        assert sealed is not None
        assert b"Amira" not in sealed
        assert words.opened(unit, sealed) == "given to Amira"
        assert (words.seal(unit, None), words.opened(unit, None)) == (None, None)
