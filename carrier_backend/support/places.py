"""Names of places as people write them: told apart by their letters alone, in any script."""

import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from carrier_backend.domain.errors import UnknownPlace


class NoSuchPlace(ValueError):
    """A text that means no place of a courier's list, or several; with advice."""

    def __init__(self, advice: str, place: UnknownPlace) -> None:
        super().__init__(advice)
        self.place = place


def fold(name: str) -> str:
    """The name without case, accents, spaces and punctuation: `L'Aïn Témouchent` becomes `laintemouchent`.

    Modifier letters go too: some apostrophes are among them, and the Arabic stroke that lengthens a word.
    """
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in decomposed if _tells_apart(character))


def near(name: str, names: Iterable[str], limit: int = 3, cut: float = 80) -> list[str]:
    """Those of the names, in their own spelling, that look most like the given one; likeness runs to 100."""
    spellings = list(names)
    folded = [fold(spelling) for spelling in spellings]
    found = process.extract(fold(name), folded, scorer=fuzz.ratio, limit=limit, score_cutoff=cut)
    return [spellings[index] for _, _, index in found]


def _tells_apart(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" and category != "Lm"
