"""Algerian names as different ears write them: `Es-Sénia`, `Essenia` and `El Senia` are one place."""

import re

from carrier_backend.support.places import fold

_BETWEEN_WORDS = re.compile(r"[\s.\-\u2010-\u2014]+")
_APOSTROPHE = re.compile(r"['`\u2018\u2019\u02bc]")
# The Arabic article takes on the sound of the letter after it: a word of its own, or joined to its noun.
_ARTICLES = frozenset(
    {"el", "al", "ech", "esh", "ach", "ash", *(f"{vowel}{sun}" for vowel in "ae" for sun in "sdrtnz")}
)
_JOINED_ARTICLE = re.compile(r"^e(?:ch(?=ch)|s(?=s)|d(?=d)|r(?=r)|t(?=t)|n(?=n)|z(?=z))")

# By its English name, the capital would be another place beside its communes.
_OTHER_LANGUAGES = {"algiers": "alger"}


def words_of(name: str) -> list[str]:
    """The words of a text, also those with a letter and an apostrophe before them."""
    return [word for part in _BETWEEN_WORDS.split(name) for word in _APOSTROPHE.split(part) if word]


def spelling(name: str) -> str:
    """The name folded, without articles; two that are alike by this are the same name, if not the same place."""
    words = [fold(word) for word in _BETWEEN_WORDS.split(name)]
    joined = "".join(_JOINED_ARTICLE.sub("", word) for word in words if word not in _ARTICLES) or fold(name)
    return _OTHER_LANGUAGES.get(joined, joined)
