"""Seeded defects: each a change of one text in one file of the package, and what is expected to catch it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

SEEDS = Path(__file__).parent / "seeds"
PACKAGE = "carrier_backend"


class Misfit(Exception):
    """A defect that cannot be seeded: the text that it changes does not stand in its file exactly once."""


@dataclass(frozen=True, slots=True)
class Defect:
    """A text of a file below the package, and what takes its place.

    `caught_by` are tests, by their file below tests/ and their name, each of which has to fail; or, where a run of
    `tests.chaos` with the arguments `chaos` is to catch it, kinds of violation. `hangs` where a hang is a catch.
    """

    name: str
    row: str
    file: str
    text: str
    instead: str
    caught_by: tuple[str, ...]
    chaos: str = ""
    hangs: bool = False

    def seeded(self, tree: Path) -> str:
        """The whole of its file in that tree, with the defect in it; raises Misfit."""
        before = self.path(tree).read_text(encoding="utf-8")
        if (found := before.count(self.text)) != 1:
            raise Misfit(f"{self.name}: what it changes stands {found} times in {self.file}")
        return before.replace(self.text, self.instead)

    def path(self, tree: Path) -> Path:
        """Where its file is in that tree."""
        return tree / PACKAGE / self.file


def every_defect() -> list[Defect]:
    """All of them, in the order of their files."""
    return [
        Defect(**{**told, "caught_by": tuple(told["caught_by"])})
        for file in sorted(SEEDS.glob("*.toml"))
        for told in tomllib.loads(file.read_text(encoding="utf-8"))["defect"]
    ]
