"""A copy of the tree that defects are put into, one at a time, and the tests that are run against it."""

import compileall
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory
from typing import Self

from tests.controls.defects import PACKAGE, Defect

TREE = Path(__file__).parents[2]
LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "__pycache__", "*.egg-info")
LONGEST_TEST_SECONDS = 300
LONGEST_STORM_SECONDS = 900
GRACE_SECONDS = 30
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "-rf")
STORM = ("-m", "tests.chaos")


class Unfit(Exception):
    """The copy is not what is tested, or its tests fail without any defect."""


@dataclass(frozen=True, slots=True)
class Caught:
    """What became of a defect: what failed for it, what was expected to fail and did not, and how long it took."""

    defect: Defect
    failed: tuple[str, ...]
    missed: tuple[str, ...]
    has_hung: bool
    seconds: float

    @property
    def is_caught(self) -> bool:
        return self.defect.hangs if self.has_hung else not self.missed


@dataclass(frozen=True, slots=True)
class _Run:
    failed: tuple[str, ...]
    status: int | None
    said: str


class Bench:
    """A copy of the whole tree; tests import the package from it, and so do the processes that they start."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        # Compiled by content and not by age: what is changed and changed back within a second is seen.
        compileall.compile_dir(tree / PACKAGE, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)

    @classmethod
    @contextmanager
    def made(cls) -> Iterator[Self]:
        """One in a folder of its own, which is removed in the end; raises Unfit where another package is imported."""
        with TemporaryDirectory(prefix="carrier-controls-") as folder:
            tree = Path(folder).resolve() / "tree"
            shutil.copytree(TREE, tree, ignore=LEFT_BEHIND)
            bench = cls(tree)
            bench.refuse_another_package()
            yield bench

    def refuse_another_package(self) -> None:
        """Raise Unfit unless it is the copy that is imported."""
        program = f"import {PACKAGE}; print({PACKAGE}.__file__)"
        imported = Path(self._run(["-c", program], LONGEST_TEST_SECONDS).said.strip())
        if imported != self._tree / PACKAGE / "__init__.py":
            raise Unfit(f"{imported} is imported, and not the copy in {self._tree}")

    def pass_undamaged(self, defects: Sequence[Defect]) -> None:
        """Run all that is to catch these defects; raises Unfit where any of it fails without them."""
        if tests := sorted({test for defect in defects if not defect.chaos for test in defect.caught_by}):
            self._refuse_failure(self._run_tests(tests, LONGEST_STORM_SECONDS))
        for arguments in sorted({defect.chaos for defect in defects if defect.chaos}):
            self._refuse_failure(self._run_storm(arguments))

    def _refuse_failure(self, run: _Run) -> None:
        if run.status != 0:
            raise Unfit(f"without any defect:\n{run.said}")

    def try_out(self, defect: Defect) -> Caught:
        """Seed the defect, run what is to catch it, and restore what was there."""
        path = defect.path(self._tree)
        whole, began = path.read_bytes(), time.monotonic()
        path.write_text(defect.seeded(self._tree), encoding="utf-8")
        try:
            compile(path.read_bytes(), path, "exec")
            run = self._run_storm(defect.chaos) if defect.chaos else self._run_tests(defect.caught_by)
        finally:
            path.write_bytes(whole)
        missed = tuple(name for name in defect.caught_by if name not in run.failed)
        return Caught(defect, run.failed, missed, run.status is None, time.monotonic() - began)

    def _run_tests(self, tests: Sequence[str], seconds: float = LONGEST_TEST_SECONDS) -> _Run:
        run = self._run([*PYTEST, *(f"tests/{test}" for test in tests)], seconds)
        failed = re.findall(r"^FAILED tests/([^[\s]+)", run.said, re.MULTILINE)
        return _Run(tuple(dict.fromkeys(failed)), run.status, run.said)

    def _run_storm(self, arguments: str) -> _Run:
        run = self._run([*STORM, *shlex.split(arguments)], LONGEST_STORM_SECONDS)
        violated = re.findall(r"^  ! ([^:]+):", run.said, re.MULTILINE)
        return _Run(tuple(dict.fromkeys(violated)), run.status, run.said)

    def _run(self, arguments: Sequence[str], seconds: float) -> _Run:
        environment = {**os.environ, "PYTHONPATH": str(self._tree)}
        with subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self._tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                said, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                return _Run((), None, _ended(process))
        return _Run((), process.returncode, said)


def _ended(process: subprocess.Popen[str]) -> str:
    """End a run that hangs, with time to end what it has started itself; what it has said."""
    process.send_signal(signal.SIGINT)
    try:
        said, _ = process.communicate(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    return said
