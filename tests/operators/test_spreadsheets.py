"""Comma-separated values that mean to a spreadsheet what they mean to us."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from carrier_backend.operators import spreadsheets


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫"]
)
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u3000", "\ufeff", "\u200b"])
def test_what_begins_like_a_formula_is_made_text(start: str, before: str) -> None:
    text = f'{before}{start}HYPERLINK("http://elsewhere.example")'
    ((cell,),) = read(spreadsheets.lines([[text]]))
    assert cell == f"'{text}"


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


@pytest.mark.parametrize("text", ["Order 1001", "1-1", "a=b", "", "'", "é", "١", "𝟙"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert read(spreadsheets.lines([[text, "x"]])) == [[text, "x"]]


def test_cells_are_quoted_where_they_have_to_be() -> None:
    content = spreadsheets.lines([['a "b"', "c,d", "e\r\nf", "g"]])
    assert content == b'"a ""b""","c,d","e\r\nf",g\r\n'


def test_nothing_and_moments_are_written_plainly() -> None:
    assert spreadsheets.lines([[None, datetime(2026, 11, 23, 9, 30, tzinfo=UTC), 7]]) == b",2026-11-23T09:30:00Z,7\r\n"


@given(some.lists(some.lists(some.text(some.characters(codec="utf-8")), min_size=2), max_size=4))
def test_whatever_is_written_is_read_back_but_for_the_apostrophe(rows: list[list[str]]) -> None:
    back = read(spreadsheets.lines(rows))
    assert without_apostrophes(back) == without_apostrophes(rows)


def without_apostrophes(rows: list[list[str]]) -> list[list[str]]:
    return [[cell.replace("'", "") for cell in row] for row in rows]


@pytest.mark.parametrize(
    ("text", "written"), [("7;=1+1", "7;'=1+1"), ('7;"@A1', "7;\"'@A1"), ("7\t -1", "7\t '-1"), ("7|=cmd", "7|'=cmd")]
)
def test_nothing_becomes_a_formula_where_a_cell_is_split_at_another_separator(text: str, written: str) -> None:
    assert read(spreadsheets.lines([[text, "x"]])) == [[written, "x"]]
