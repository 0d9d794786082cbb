"""Rows on their way into the tables, and what they all need: one clock, one chance, one way of sealing."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import Table

from carrier_backend.support.sealing import Sealing

Row = Mapping[str, object]


class Ledger:
    """Rows table by table; those of one table have the same columns all."""

    def __init__(self, sealing: Sealing, now: datetime, seed: int) -> None:
        self.now = now
        self.chance = random.Random(seed)  # noqa: S311  # no secret hangs on it
        self.updates = count(1)
        self._sealing = sealing
        self._rows: dict[Table, list[Row]] = defaultdict(list)

    def add(self, table: Table, row: Row) -> None:
        """One row more."""
        self._rows[table].append(row)

    def take(self) -> Mapping[Table, Sequence[Row]]:
        """What was added since the last time."""
        taken, self._rows = self._rows, defaultdict(list)
        return taken

    def seal(self, content: bytes) -> bytes:
        """As the product seals it."""
        return self._sealing.seal(content)

    def trace_id(self) -> str:
        """As support.trace mints them, but the same for the same seed."""
        return f"{self.chance.getrandbits(128):032x}"
