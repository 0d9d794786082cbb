"""A process that calls as often as a shared quota lets it, until it is ended: `python -m tests.quota_caller`."""

import json
import sys
from datetime import timedelta
from threading import Thread

from carrier_backend.domain.errors import Unreachable
from carrier_backend.domain.quotas import Quota
from carrier_backend.storage.quotas import SharedCalls
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.call import Call
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.http import Http
from carrier_backend.support.sealing import Sealing, new_key
from carrier_backend.support.sessions import new_session
from tests.couriers.fakes import MemoryExchanges, a_breaker

THREADS = 3


def main(database_url: str, url: str, windows: dict[str, int]) -> None:
    """Call from several threads; `windows` holds limits by length in seconds."""
    clock = SystemClock()
    calls = SharedCalls(Store(open_engine(database_url), Sealing([new_key()])))
    http = Http(new_session(), BoundsContext(clock), clock, calls, a_breaker(clock), Bulkhead(8), MemoryExchanges())
    quota = Quota("shared", tuple((timedelta(seconds=float(length)), limit) for length, limit in windows.items()))
    call = Call("sink", "call", "POST", url, writes=False, quota=quota)
    for _ in range(THREADS):
        Thread(target=_call_for_ever, args=(http, call)).start()


def _call_for_ever(http: Http, call: Call) -> None:
    while True:
        try:
            http.send(call)
        except Unreachable as error:
            SystemClock().sleep(error.retry_after_seconds or 0.1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
