"""Each control fits the code, names tests that exist, and stands in the table; `make chaos-controls` runs them."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.chaos.violations import Kind
from tests.controls import table
from tests.controls.bench import TREE, Bench, Caught
from tests.controls.defects import Defect, Misfit, every_defect

EVERY = every_defect()
each = pytest.mark.parametrize("defect", EVERY, ids=[defect.name for defect in EVERY])


@each
def test_a_defect_fits_its_file_and_leaves_python(defect: Defect) -> None:
    compile(defect.seeded(TREE), defect.file, "exec")


@each
def test_what_is_to_catch_it_exists(defect: Defect) -> None:
    if defect.chaos:
        assert set(defect.caught_by) <= set(Kind)
    for test in () if defect.chaos else defect.caught_by:
        file, *_, name = test.split("::")
        assert name in _functions_in(TREE / "tests" / file) | _functions_in(TREE / "tests/couriers/promises.py")


@each
def test_it_is_a_row_of_the_table(defect: Defect) -> None:
    assert re.fullmatch(r"[A-K]\d+", defect.row)
    assert table.is_in_document(defect.name)


def test_every_defect_has_a_name_of_its_own_and_something_to_catch_it() -> None:
    assert max(Counter(defect.name for defect in EVERY).values()) == 1
    assert all(defect.caught_by for defect in EVERY)


def test_a_change_that_does_not_fit_is_refused_by_name() -> None:
    stranger = Defect("a stranger", "A1", "__init__.py", "no such text", "", ("one",))
    with pytest.raises(Misfit, match="a stranger: what it changes stands 0 times"):
        stranger.seeded(TREE)


def test_a_defect_is_caught_only_by_all_that_it_names(a_tree: Path) -> None:
    defect = Defect("wrong", "A1", "sum.py", "1 + 1", "1 + 2", ("test_sum.py::test_two", "test_sum.py::test_int"))
    caught = Bench(a_tree).try_out(defect)
    assert (caught.failed, caught.missed) == (("test_sum.py::test_two",), ("test_sum.py::test_int",))
    assert not caught.is_caught
    assert (a_tree / "carrier_backend" / "sum.py").read_text() == "TWO = 1 + 1\n"


@pytest.mark.parametrize(("hangs", "is_caught"), [(True, True), (False, False)])
def test_a_hang_is_a_catch_only_where_it_is_said_to_be(*, hangs: bool, is_caught: bool) -> None:
    defect = Defect("slow", "A1", "sum.py", "1", "2", ("test_sum.py::test_two",), hangs=hangs)
    assert Caught(defect, (), defect.caught_by, has_hung=True, seconds=9).is_caught is is_caught


@pytest.fixture
def a_tree(tmp_path: Path) -> Path:
    files = {
        "carrier_backend/__init__.py": "",
        "carrier_backend/sum.py": "TWO = 1 + 1\n",
        "tests/test_sum.py": (
            "from carrier_backend.sum import TWO\n\n\n"
            "def test_two():\n    assert TWO == 2\n\n\n"
            "def test_int():\n    assert isinstance(TWO, int)\n"
        ),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@cache
def _functions_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
