"""The table of docs/failure-modes.md leaves no row out, and names only tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TABLE = TESTS.parent / "docs" / "failure-modes.md"
SECTIONS = {"A": 27, "B": 17, "C": 12, "D": 16, "E": 13, "F": 13, "G": 18, "H": 15, "I": 18, "J": 18, "K": 12}
ROWS = {
    row: (shown, still_open)
    for row, shown, still_open in re.findall(
        r"^\| ([A-K]\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE
    )
}
NAMED = sorted({name for shown, _ in ROWS.values() for name in re.findall(r"`([^`]+)`", shown)})


def test_every_failure_has_a_row() -> None:
    assert list(ROWS) == [f"{section}{number + 1}" for section, rows in SECTIONS.items() for number in range(rows)]


def test_a_row_is_shown_by_a_test_or_says_what_is_open() -> None:
    assert [row for row, (shown, still_open) in ROWS.items() if "::" not in shown and still_open == "-"] == []


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_exists(named: str) -> None:
    file, _, name = named.partition("::")
    assert name in _tests_in(TESTS / file)


@cache
def _tests_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return functions | names
