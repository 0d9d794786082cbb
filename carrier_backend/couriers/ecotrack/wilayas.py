"""The wilayas of Algeria; ten of them were split off in 2019, and are still written with the codes of old."""

from collections.abc import Container

# Their numbers since, and before (section 11): Timimoun, Bordj Badji Mokhtar, Ouled Djellal, Béni Abbès, In Salah,
# In Guezzam, Touggourt, Djanet, El M'Ghair and El Meniaa.
_SPLIT_OFF_FROM = {49: 1, 50: 1, 51: 7, 52: 8, 53: 11, 54: 11, 55: 30, 56: 33, 57: 39, 58: 47}


def origin(wilaya: int) -> int:
    """The number that the communes of a wilaya bore before 2019."""
    return _SPLIT_OFF_FROM.get(wilaya, wilaya)


def meant(wilaya: int, active: Container[int]) -> frozenset[int]:
    """The wilayas, as a tenant numbers them, where a place may lie that is said to be in that one.

    What was split off from it belongs to it too; a tenant that has not followed still has the whole.
    """
    known = wilaya if wilaya in active else origin(wilaya)
    return frozenset({known, *(new for new, old in _SPLIT_OFF_FROM.items() if old == known)})
