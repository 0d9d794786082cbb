"""What all pretended systems share: a clock, a script of faults, a door for control, a way to call out.

`POST /_control` takes one JSON object and answers 200, or 400 `{"error"}` when it cannot be followed:

    {"system", "operation", "fault", ...}    script a fault: "skip" (0) calls pass, then "times" (1) are hit;
                                             with "match", only those with that text in method, URL or body
    {"system", "heal": {}}                   forget the faults still to come; who waits already goes on waiting
    {"system", "<command>": {...}}           let a system act by itself; its module lists its commands
    {"clock": {"advance_seconds": n}}        move the clock of all systems
    {"clock": {"stand_at": moment}}          set it to an ISO 8601 moment, there to stand until it is moved

A fault befalls the well-formed calls of an authorised caller; the others are refused first, as ever.

    fault          parameters (default)                   what happens
    refuse         status (400), body                     nothing is done
    error_before   status (500), body                     nothing is done
    redirect       status (302), location                 nothing is done
    rate_limit     retry_after ("1")                      nothing is done; 429
    hang_before    seconds (60)                           nothing is done; 504 for a caller who is still there
    hang_after     seconds (60), announce                 done at once, answered late
    slow           seconds (1)                            done late, answered late
    error_after    status (500), body, announce           done, and the answer says otherwise
    drop           announce                               done, and the connection is cut without an answer
    garbage        status (200), body, content_type,      an answer that is not what it should be;
                   done (true)                            done or not
    commit_late    answer_seconds (0), announce,          504 after answer_seconds; done when the clock is at
                   seconds (30) or after_lookups          seconds, or after so many look-ups in vain

A `body` that is a string is sent as it is, any other as JSON. With `announce` (false) the system reports the
deed by its own webhook, where the operation has one. A system's module adds faults for single operations.

`GET /_state` gives each system's books, which are only added to. `POST /_reset` empties them, the script and
the clock, and ends all waiting; numbers go on counting, so that none is ever given twice.
"""

import json
import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, RLock
from typing import Any, Protocol, Self

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import ServiceUnavailable

from carrier_backend.simulator.faults import Fault, Misused, Parameters, Script
from carrier_backend.simulator.mount import PATIENCE, lost, seen_status

Deed = Callable[[Fault | None], Response]
Deliver = Callable[[str, dict[str, str], bytes], tuple[int, bytes]]


class System(Protocol):
    """One pretended counterpart. `lookup` is the operation that looks for what may have been done."""

    name: str
    lookup: str | None
    operations: Mapping[str, Mapping[str, Parameters]]
    commands: Mapping[str, Callable[..., Any]]
    routes: Blueprint

    def state(self) -> dict[str, Any]: ...
    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LateDeed:
    """What a system goes on doing after its answer: due at a moment, or after so many look-ups."""

    system: str
    act: Callable[[], object]
    due_at: datetime
    lookups_left: int | None

    def is_due(self, now: datetime, looked_up: str | None) -> bool:
        if self.lookups_left is None:
            return now >= self.due_at
        return looked_up == self.system and self.lookups_left == 0

    def one_less(self, looked_up: str | None) -> Self:
        if self.lookups_left is None or looked_up != self.system:
            return self
        return replace(self, lookups_left=self.lookups_left - 1)


class World:
    """Holds the systems and decides what befalls a call. `lock` guards all books; nobody waits under it."""

    def __init__(self, deliver: Deliver) -> None:
        self.lock = RLock()
        self.deliver = deliver
        self.systems: dict[str, System] = {}
        self._late: list[LateDeed] = []
        self._stands_at: datetime | None
        self._begin()

    def enter(self, system: System) -> None:
        self.systems[system.name] = system

    def now(self) -> datetime:
        stands_or_runs = datetime.now(UTC) if self._stands_at is None else self._stands_at
        return stands_or_runs + self._ahead

    def keep_calls(self, routes: Blueprint, calls: list[dict[str, Any]]) -> None:
        """Notes every call of these routes on arrival; its status follows, None for a lost answer."""

        @routes.before_request
        def arrived() -> None:
            g.call = {
                "operation": (request.endpoint or "").rpartition(".")[2],
                "path": request.full_path.removesuffix("?"),
                "at": self.now().isoformat(),
                "status": None,
                "trace_id": request.headers.get("x-trace-id"),
                "fault": None,
            }
            with self.lock:
                calls.append(g.call)

        @routes.after_request
        def answered(response: Response) -> Response:
            with self.lock:
                g.call["status"] = seen_status(response)
            return response

    def perform(self, system: str, operation: str, deed: Deed, otherwise: Fault | None = None) -> Response:
        """Does the deed under the fault scripted for this call, or else under `otherwise`."""
        self._do_what_is_due(system if operation == self.systems[system].lookup else None)
        text = _request_text()
        with self.lock:
            g.over = self._over
            fault = self._script.take(system, operation, text) or otherwise
        if fault is None:
            return deed(None)
        if "call" in g:
            g.call["fault"] = fault.kind
        return self._befall(fault, deed)

    def _befall(self, fault: Fault, deed: Deed) -> Response:
        match fault.kind:
            case "refuse" | "error_before":
                return say(fault["body"], fault["status"])
            case "error_after":
                deed(fault)
                return say(fault["body"], fault["status"])
            case "hang_before":
                return self._after(fault["seconds"], _timed_out)
            case "hang_after":
                done = deed(fault)
                return self._after(fault["seconds"], lambda: done)
            case "slow":
                return self._after(fault["seconds"], partial(deed, fault))
            case "commit_late":
                self._put_off(fault, deed)
                return self._after(fault["answer_seconds"], _timed_out)
            case "drop":
                deed(fault)
                return lost("reset")
            case "garbage":
                if fault["done"]:
                    deed(fault)
                return say(fault["body"], fault["status"], fault["content_type"])
            case "redirect":
                return Response(status=fault["status"], headers={"Location": fault["location"]})
            case "rate_limit":
                headers = {"Retry-After": fault["retry_after"]}
                return say({"message": "Too Many Requests"}, 429, headers=headers)
        return deed(fault)

    def _after(self, seconds: float, answer: Callable[[], Response]) -> Response:
        """The answer after a pause; lost, and at once, for a caller known to give up before that."""
        is_too_late = seconds >= request.environ.get(PATIENCE, math.inf)
        if not is_too_late and g.over.wait(seconds):
            raise ServiceUnavailable("the simulator was reset")
        answered = answer()
        return lost("timeout") if is_too_late else answered

    def _put_off(self, fault: Fault, deed: Deed) -> None:
        self.later(fault.system, fault["seconds"], partial(deed, fault), fault["after_lookups"])

    def later(self, system: str, seconds: float, act: Callable[[], object], after_lookups: int | None = None) -> None:
        """Lets a system act by itself once the clock is there, or after so many look-ups in vain."""
        with self.lock:
            self._late.append(LateDeed(system, act, self.now() + timedelta(seconds=seconds), after_lookups))

    def _do_what_is_due(self, looked_up: str | None = None) -> None:
        with self.lock:
            now = self.now()
            due = [late for late in self._late if late.is_due(now, looked_up)]
            self._late = [late.one_less(looked_up) for late in self._late if late not in due]
        for late in due:
            late.act()

    def script(self, fault: Fault) -> None:
        with self.lock:
            self._script.add(fault)

    def heal(self, system: str) -> None:
        with self.lock:
            self._script.drop(system)

    def advance(self, advance_seconds: float = 0, stand_at: str | None = None) -> dict[str, str]:
        """Moves the clock on, and lets happen what has become due."""
        with self.lock:
            if stand_at is not None:
                self._stands_at, self._ahead = _moment(stand_at), timedelta(0)
            self._ahead += timedelta(seconds=advance_seconds)
        self._do_what_is_due()
        return {"now": self.now().isoformat()}

    def state(self) -> dict[str, Any]:
        self._do_what_is_due()
        with self.lock:
            return {name: deepcopy(system.state()) for name, system in self.systems.items()}

    def reset(self) -> None:
        with self.lock:
            self._over.set()
            self._begin()
            for system in self.systems.values():
                system.reset()

    def _begin(self) -> None:
        self._script = Script()
        self._late.clear()
        self._ahead = timedelta(0)
        self._stands_at = None
        self._over = Event()


def say(body: Any, status: int, content_type: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """An answer: JSON, but a string as it is."""
    if isinstance(body, str):
        return Response(body, status, headers, content_type=content_type or "text/plain; charset=utf-8")
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, headers, content_type=content_type or "application/json")


def _moment(told: str) -> datetime:
    try:
        read = datetime.fromisoformat(told)
    except ValueError as error:
        raise Misused(f"stand_at: {error}") from error
    if read.tzinfo is None:
        raise Misused("stand_at: a moment has an offset from UTC")
    return read.astimezone(UTC)


def _timed_out() -> Response:
    return say({"message": "Gateway Timeout"}, 504)


def _request_text() -> str:
    return f"{request.method} {request.full_path}\n{request.get_data(as_text=True)}"
