"""What caught which defect: as lines, and as the table in docs/negative-controls.md."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.controls.bench import TREE, Caught

DOCUMENT = TREE / "docs" / "negative-controls.md"
SHOWN = 3
INTRODUCTION = """\
# Negative controls

Tests that cannot fail show nothing. `make chaos-controls` puts one defect after the other into a copy of the tree, each
of a kind that systems like this one have had, and runs what is to catch it; before, all of that has passed without any
defect. Every test that a defect names has to fail. The defects are in `tests/controls/seeds/`, the rows are those of
[failure-modes.md](failure-modes.md); below is the last whole run.

| Defect | Row | Caught by | Seconds |
|---|---|---|---|
"""


def line(caught: Caught) -> str:
    """A defect's fate in one line."""
    verdict = "caught" if caught.is_caught else "SURVIVED"
    return f"{verdict:<9} {caught.seconds:>4.0f} s  {caught.defect.row:<4} {caught.defect.name}: {told(caught)}"


def told(caught: Caught) -> str:
    """What failed, without the folders; of a defect that survived also what should have."""
    names = [name.rpartition("::")[2] for name in caught.failed]
    more = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    hung = ["a hang"] if caught.has_hung else []
    missed = [] if caught.is_caught else [f"NOT by {name.rpartition('::')[2]}" for name in caught.missed]
    return ", ".join([*names[:SHOWN], *more, *hung, *missed])


def write(every: Sequence[Caught]) -> None:
    """Put the table into the document."""
    DOCUMENT.write_text(INTRODUCTION + "".join(_rows(every)) + _sum(every), encoding="utf-8")


def _rows(every: Sequence[Caught]) -> Iterator[str]:
    for caught in every:
        how = f' (`make chaos ARGS="{caught.defect.chaos}"`)' if caught.defect.chaos else ""
        yield f"| {caught.defect.name} | {caught.defect.row} | {told(caught)}{how} | {caught.seconds:.0f} |\n"


def _sum(every: Sequence[Caught]) -> str:
    return f"\n{sum(caught.is_caught for caught in every)} of {len(every)} defects caught.\n"


def is_in_document(name: str, document: Path = DOCUMENT) -> bool:
    """Whether the table has a row for the defect."""
    return f"\n| {name} | " in document.read_text(encoding="utf-8")
