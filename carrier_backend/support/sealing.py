"""Encryption at rest, with keys that can be rotated."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class WrongKey(Exception):
    """None of our keys opens this, or it was altered."""


class Sealing:
    """Seals with the first key and opens with any; raises ValueError for a key that is none."""

    def __init__(self, keys: Sequence[str]) -> None:
        each = [Fernet(key) for key in keys]
        self._fernet = MultiFernet(each)
        self._first = each[0]

    def seal(self, content: bytes) -> bytes:
        """The content, readable only with our keys."""
        return self._fernet.encrypt(content)

    def open(self, sealed: bytes) -> bytes:
        """The content again; raises WrongKey."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise WrongKey("none of the encryption keys opens this") from None

    def anew(self, sealed: bytes) -> bytes | None:
        """The same content sealed by the first key; None where it is already. Raises WrongKey."""
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            return self.seal(self.open(sealed))
        return None


def new_key() -> str:
    """A new key, as settings hold it."""
    return Fernet.generate_key().decode()
