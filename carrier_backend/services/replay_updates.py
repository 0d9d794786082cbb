"""Ingrid is told again what she was told or could not be told: the same bodies, freshly signed, in order per parcel."""

from dataclasses import dataclass, replace
from datetime import datetime

from carrier_backend.domain.errors import Fault, Malformed
from carrier_backend.domain.tracking import UpdateState
from carrier_backend.services.oversee import By
from carrier_backend.storage import lanes, oversight, replays
from carrier_backend.storage.replays import Wanted
from carrier_backend.storage.store import Store, Unit

AT_ONCE = 1000
COUNTED_AT_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Replay:
    """What one call did, or would begin to do.

    `updates` were put back to be sent, or would be; `waiting` are those of the same span that still try by themselves
    and are left alone. `next` names where the rest begins, if there is any.
    """

    updates: int
    waiting: int
    next: str | None


class ReplayUpdates:
    """Have many status updates sent again: parked ones, or sent ones from some moment on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @staticmethod
    def choose(
        *,
        state: UpdateState,
        since: datetime | None = None,
        until: datetime | None = None,
        site_id: str | None = None,
        after: str | None = None,
    ) -> Wanted:
        """Which updates are meant; raises Malformed for sent ones of all times."""
        if state is UpdateState.SENT and since is None:
            raise Malformed(Fault("is required for what was sent already", "since"))
        return Wanted(state, since, until, site_id, int(after) if after else None)

    def count(self, wanted: Wanted) -> Replay:
        """How many would be sent again in all; a count ends at COUNTED_AT_MOST."""
        with self._store.read() as unit:
            _refuse_strange(unit, wanted)
            return Replay(replays.count(unit, wanted, COUNTED_AT_MOST), _waiting(unit, wanted), None)

    def __call__(self, wanted: Wanted, by: By) -> Replay:
        """Send the first AT_ONCE of them again; who asks for all of them comes back with `next`.

        Those that somebody else puts back at the same moment are put back once. Raises Malformed.
        """
        with self._store.begin() as unit:
            _refuse_strange(unit, wanted)
            ids = replays.oldest(unit, wanted, AT_ONCE + 1)
            waiting = _waiting(unit, wanted)
            restored = lanes.restore(unit, ids[:AT_ONCE], wanted.state)
            facts = {**_facts(wanted), "updates": len(restored), "waiting": waiting}
            act = oversight.note_act(unit, by.operator, "replay many", "status updates", by.reason, facts)
            replays.note(unit, act, restored)
        return Replay(len(restored), waiting, str(ids[AT_ONCE - 1]) if len(ids) > AT_ONCE else None)


def _refuse_strange(unit: Unit, wanted: Wanted) -> None:
    if wanted.after is not None and not replays.has(unit, wanted.after):
        raise Malformed(Fault("is not one that was given out here", "cursor"))


def _waiting(unit: Unit, wanted: Wanted) -> int:
    return replays.count(unit, replace(wanted, state=UpdateState.WAITING, after=None), COUNTED_AT_MOST)


def _facts(wanted: Wanted) -> dict[str, object]:
    return {
        "state": wanted.state,
        "since": wanted.since.isoformat() if wanted.since else None,
        "until": wanted.until.isoformat() if wanted.until else None,
        "site_id": wanted.site_id,
    }
