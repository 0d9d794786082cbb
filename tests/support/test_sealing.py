"""What is sealed can be read with our keys alone, through every rotation."""

import pytest

from carrier_backend.support.sealing import Sealing, WrongKey, new_key


def test_what_was_sealed_opens_again() -> None:
    sealing = Sealing([new_key()])
    sealed = sealing.seal(b"22 333 444")
    assert b"333" not in sealed
    assert sealing.open(sealed) == b"22 333 444"


def test_after_a_rotation_the_new_key_seals_and_the_old_one_still_opens() -> None:
    old, new = new_key(), new_key()
    sealed_before = Sealing([old]).seal(b"before")
    rotated = Sealing([new, old])
    assert rotated.open(sealed_before) == b"before"
    assert Sealing([new]).open(rotated.seal(b"after")) == b"after"


def test_what_an_older_key_sealed_is_sealed_anew_once() -> None:
    old, new = new_key(), new_key()
    rotated = Sealing([new, old])
    anew = rotated.anew(Sealing([old]).seal(b"before"))
    assert anew is not None
    assert Sealing([new]).open(anew) == b"before"
    assert rotated.anew(anew) is None


@pytest.mark.parametrize("sealed", [b"", b"plain text", Sealing([new_key()]).seal(b"another's")], ids=len)
def test_what_we_did_not_seal_does_not_open(sealed: bytes) -> None:
    with pytest.raises(WrongKey):
        Sealing([new_key()]).open(sealed)


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["é" * 32], [new_key(), "x" * 44]])
def test_a_key_that_is_none_is_refused_without_showing_it(keys: list[str]) -> None:
    with pytest.raises(ValueError, match=r"^[^x]*$"):
        Sealing(keys)
