"""Every question asked of a whole application, with all in memory and with nothing, and how the database found it."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carrier_backend.storage.tables import metadata
from tests.scale.database import Database
from tests.scale.door import Door
from tests.scale.questions import Question

ROUNDS = 15
_LARGE = "shipments|parcels|events|messages|attempts|exchanges|audit|journal|lanes|claims|traces|piles|delivery_hours"
_STEP = re.compile(
    rf"Seq Scan on (?P<whole>{_LARGE})\b"
    rf"|Index (?:Only )?Scan (?:Backward )?using (?P<walked>\w+) on (?:{_LARGE})\b"
    rf"|^SCAN (?P<all>{_LARGE})(?: USING (?:COVERING )?INDEX (?P<index>\w+))?"
)
_OF_SOME = {
    index.name
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}
"""Indexes that hold what waits for somebody, and nothing else."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: how long each answer took, and by which plan each of its statements was to be carried out."""

    question: Question
    page: int
    status: int
    cold_ms: float
    warm_ms: Sequence[float]
    plans: Mapping[str, Sequence[str]]

    def line(self) -> str:
        """Its figures."""
        median, title = statistics.median(self.warm_ms), f"{self.question.title}, page {self.page}"
        figures = f"{min(self.warm_ms):7.1f} {median:7.1f} {max(self.warm_ms):7.1f} {self.cold_ms:9.1f}"
        return f"{title if self.page > 1 else self.question.title:<58} {figures}  {'; '.join(self.faults()) or 'ok'}"

    def faults(self) -> list[str]:
        """What is not as it should be."""
        faults = []
        if self.status != self.question.status:
            faults.append(f"answered {self.status}")
        if max(self.warm_ms) > self.question.bound_ms:
            faults.append("too slow")
        if self.cold_ms > self.question.bound_ms:
            faults.append("too slow from the disk")
        if reads_whole_tables(self.plans):
            faults.append("reads a whole table")
        return faults


def reads_whole_tables(plans: Mapping[str, Sequence[str]]) -> list[str]:
    """The steps that would go through all there is: through a table, or along an index with no end in sight."""
    return [
        step
        for statement, plan in plans.items()
        for step, detail in zip(plan, [*plan[1:], ""], strict=True)
        if (found := _STEP.search(step)) and not _ends(statement, plan, found, detail)
    ]


def _ends(statement: str, plan: Sequence[str], found: re.Match[str], detail: str) -> bool:
    """PostgreSQL tells a step's limits in the next line; SQLite calls them a search and no scan."""
    if found["whole"]:
        return False
    if "Index Cond" in detail or {found["walked"], found["index"]} & _OF_SOME:
        return True
    is_sorted = any("TEMP B-TREE FOR ORDER BY" in line or "Sort" in line for line in plan)
    return "LIMIT" in statement and "ORDER BY" in statement and not is_sorted  # it is over with its page


def ask(door: Door, database: Database, question: Question) -> Asked | None:
    """Ask it; None where its list is over before that page."""
    page, paths = _turned_over(door, question)
    if page == 1 < question.page:
        return None
    database.put_out_of_memory()
    door.get("/admin/audit?operator=nobody")  # a connection there is, and the caller is known
    answer, cold_ms = door.timed(paths[0])
    for path in paths:
        door.get(path).get_data()
    warm_ms = [door.timed(paths[place % len(paths)])[1] for place in range(ROUNDS)]
    return Asked(question, page, answer.status_code, cold_ms, warm_ms, door.plans(door.heard(paths[0])))


def _turned_over(door: Door, question: Question) -> tuple[int, Sequence[str]]:
    """The page that the question is about, or the last before it."""
    page, paths = 1, question.paths
    while page < question.page and (cursor := door.get(paths[0]).get_json()["next"]):
        mark = "&" if "?" in question.paths[0] else "?"
        page, paths = page + 1, [f"{question.paths[0]}{mark}cursor={cursor}"]
    return page, paths
