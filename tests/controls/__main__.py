"""Seeded defects, and whether anything catches them: `make chaos-controls`; ARGS=list, names, or --write."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue

from tests.controls import table
from tests.controls.bench import TREE, Bench, Caught
from tests.controls.defects import Defect, every_defect

AT_ONCE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """0 only if every defect is caught."""
    parser = argparse.ArgumentParser(prog="make chaos-controls", description=__doc__)
    parser.add_argument("names", nargs="*", help="of defects, or the beginnings of names; or the word list")
    parser.add_argument("--write", action="store_true", help="the table into docs/negative-controls.md; of all only")
    told = parser.parse_args(arguments)
    if told.names == ["list"]:
        _say("\n".join(defect.name for defect in every_defect()))
        return 0
    if told.write and told.names:
        parser.error("the table is of all defects")
    if not (chosen := [defect for defect in every_defect() if _is_chosen(defect, told.names)]):
        parser.error(f"there is no such defect: {', '.join(told.names)}")
    tried = list(_try_out(chosen))
    if told.write:
        table.write(tried)
    _say(f"{sum(caught.is_caught for caught in tried)} of {len(tried)} defects caught")
    return 0 if all(caught.is_caught for caught in tried) else 1


def _is_chosen(defect: Defect, names: Sequence[str]) -> bool:
    return not names or any(defect.name.startswith(name) for name in names)


def _try_out(chosen: Sequence[Defect]) -> Iterator[Caught]:
    """Each on a copy of the tree that is free, after all that is to catch them has passed without any of them."""
    for defect in chosen:
        defect.seeded(TREE)
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as pool:
        benches: SimpleQueue[Bench] = SimpleQueue()
        for _ in range(AT_ONCE):
            benches.put(stack.enter_context(Bench.made()))

        def pass_undamaged(defects: Sequence[Defect]) -> None:
            with _borrowed(benches) as bench:
                bench.pass_undamaged(defects)

        def try_out(defect: Defect) -> Caught:
            with _borrowed(benches) as bench:
                return bench.try_out(defect)

        by_tests = [defect for defect in chosen if not defect.chaos]
        in_a_storm = [defect for defect in chosen if defect.chaos]
        list(pool.map(pass_undamaged, (by_tests, in_a_storm)))
        _say("without any defect, all passes that is to catch one")
        for caught in pool.map(try_out, chosen):
            _say(table.line(caught))
            yield caught


@contextmanager
def _borrowed(benches: SimpleQueue[Bench]) -> Iterator[Bench]:
    bench = benches.get()
    try:
        yield bench
    finally:
        benches.put(bench)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
