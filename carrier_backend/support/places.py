"""Names of places as people write them: told apart by their letters alone, in any script."""

import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from carrier_backend.domain.errors import UnknownPlace

_PIECE = 256


class NoSuchPlace(ValueError):
    """A text that means no place of a courier's list, or several; with advice."""

    def __init__(self, advice: str, place: UnknownPlace) -> None:
        super().__init__(advice)
        self.place = place


def fold(name: str) -> str:
    """The name without case, accents, spaces and punctuation: `L'Aïn Témouchent` becomes `laintemouchent`.

    Modifier letters go too: some apostrophes are among them, and the Arabic stroke that lengthens a word.
    """
    return "".join(character for character in decomposed(name).casefold() if _tells_apart(character))


def decomposed(text: str) -> str:
    """The text with its accents apart from their letters, piece by piece: the time for one grows with its square."""
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    return "".join(unicodedata.normalize("NFKD", piece) for piece in pieces)


def near(name: str, names: Iterable[str], limit: int = 3, cut: float = 80) -> list[str]:
    """Those of the names, in their own spelling, that look most like the given one; likeness runs to 100."""
    spellings = list(names)
    folded = [fold(spelling) for spelling in spellings]
    found = process.extract(fold(name), folded, scorer=fuzz.ratio, limit=limit, score_cutoff=cut)
    return [spellings[index] for _, _, index in found]


def _tells_apart(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" and category != "Lm"
