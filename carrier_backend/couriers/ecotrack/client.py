"""Ecotrack's endpoints: arguments in, what was answered out; no domain.

Success is a 2xx that says so in its body: a no comes inside a 200 too, and so does the page of somebody who is not
logged in (specs/ecotrack.md section 4).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote_plus, urlencode

from carrier_backend.couriers.ecotrack.translate import Order, as_tracking, is_success, order, reasons
from carrier_backend.domain.errors import CounterpartError, Declined, LockedOut, Unreachable
from carrier_backend.domain.quotas import Allowance, Quota, Urgency
from carrier_backend.support import strict_json
from carrier_backend.support.breaker import account_of
from carrier_backend.support.call import Call, Reply, doing_nothing
from carrier_backend.support.http import Http

NAME = "ecotrack"
READ_SECONDS = 8
WRITE_SECONDS = 12
MOST_TRACKINGS = 100
LONGEST_URL_BYTES = 4000

# Section 3: what is told of a token, by the newest headers; elsewhere it is no less.
WINDOWS = ((timedelta(minutes=1), 50), (timedelta(hours=1), 1500), (timedelta(days=1), 15_000))
SPANS = {"Minute": timedelta(minutes=1), "Hour": timedelta(hours=1), "Day": timedelta(days=1)}

# What may be kept of an exchange for operators: none of these names a person or a place.
SHOWN = frozenset(
    {
        *(
            "tracking",
            "trackings",
            "reference",
            "order_id",
            "status",
            "success",
            "delete",
            "error",
            "montant",
            "weight",
        ),
        *("type", "type_id", "stop_desk", "ask_collection", "page", "last_page", "current_page", "per_page", "total"),
        *("start_date", "end_date", "date", "time", "created_at", "postponed_to"),
    }
)

NOT_MODIFIABLE = 10001
_INVALID = frozenset({422})
_ABSENT = frozenset({404})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# By its form: words such as "se connecter" stand on pages about a database that went away as well.
_LOGIN_PAGE = re.compile(
    rb"<input[^<>]{1,500}type=[\"']?password|<form[^<>]{1,500}action=[\"']?[^\"'\s<>]{0,300}(?:log-?in|connexion)\b",
    re.IGNORECASE,
)
_LONGEST_PAGE_BYTES = 64 * 1024
_CALLS_LEFT = re.compile(r"[0-9]{1,9}")
_REFUSED_TOKENS = ("INVALID_TOKEN", "TOKEN_NOT_ALLOWED")

Body = Mapping[str, object]
"""An order on its way to Ecotrack: names and values of section 5."""


class Passing(StrEnum):
    """How the parameters of a new order travel: as JSON, or in the address, as the document has it (section 5)."""

    BODY = "body"
    QUERY = "query"


class Deletion(StrEnum):
    """What became of a wish to delete an order."""

    DONE = "done"
    LOCKED = "locked"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """A page of `get/orders`; one of its rows that could not be read is left out and counted.

    `size` is how many orders all pages hold, or else how many pages there are: it is less once some have gone.
    """

    orders: tuple[Order, ...]
    last_page: int
    size: int
    unreadable: int


class EcotrackClient:
    """One account with one tenant; every method raises Declined, Unreachable, LockedOut or, if it writes, Unsure."""

    def __init__(self, http: Http, base_url: str, token: str) -> None:
        self._http = http
        self._base_url = f"{base_url.rstrip('/')}/api/v1"
        self._token = token
        self.account = account_of(self._base_url, token)
        self._quota = Quota(self.account, WINDOWS)

    def create(self, body: Body, passing: Passing, after_waiting: Callable[[], object] = doing_nothing) -> str:
        """POST create/order: the number of the new draft (section 5).

        `after_waiting` is called before it goes out, if it had to wait for its quota.
        """
        call = replace(self._write("create order", "POST", "/create/order"), after_waiting=after_waiting)
        if passing is Passing.QUERY:
            call = replace(call, params=[(name, str(value)) for name, value in body.items()])
        else:
            headers = {**call.headers, "Content-Type": "application/json"}
            call = replace(call, headers=headers, body=strict_json.dump(body))
        reply = self._send(call)
        tracking = _tracking(_confirmed(reply))
        if not tracking:
            raise reply.garbled("the answer holds no number")
        return tracking

    def validate(self, tracking: str, *, ask_collection: bool) -> None:
        """POST valid/order: from then on it travels, and can be neither changed nor deleted (section 9)."""
        params = [("tracking", tracking), ("ask_collection", str(int(ask_collection)))]
        _confirmed(self._send(self._write("validate order", "POST", "/valid/order", params)))

    def delete(self, tracking: str) -> Deletion:
        """DELETE delete/order, which only a draft can be (section 8)."""
        call = self._write("delete order", "DELETE", "/delete/order", [("tracking", tracking)])
        reply = self._send(replace(call, answers=_INVALID))
        if reply.status in _INVALID:
            return Deletion.ABSENT
        match _json(reply):
            case {"success": told} | {"delete": told} if is_success(told):
                return Deletion.DONE
            case {"error": code} if str(code) == str(NOT_MODIFIABLE):
                return Deletion.LOCKED
            case {"success": _} | {"delete": _} as no:
                raise Declined(NAME, "delete order", *(reasons(no) or ["it cannot be deleted"]))
        raise reply.garbled("the answer does not tell whether it is deleted")

    def label(self, tracking: str) -> bytes:
        """GET get/order/label: a PDF, if it is one (section 10)."""
        call = self._read("label", "/get/order/label", [("tracking", tracking)])
        return self._send(replace(call, headers={**call.headers, "Accept": "application/pdf"})).body

    def orders(self, page: int, since: date, until: date) -> OrdersPage:
        """GET get/orders of these local days; how many a page holds is not to be relied on (section 12.3).

        There may be a hundred pages, so that some of the quota is left to bookings.
        """
        days = [("start_date", since.isoformat()), ("end_date", until.isoformat())]
        return self._orders([("page", str(page)), *days], Urgency.SOON)

    def order(self, tracking: str) -> Order | None:
        """The order of that number in get/orders; None where the list is empty: it is deleted, or only archived.

        Raises Unreachable where the list tells of something else: rows that cannot be read, or orders of other numbers.
        """
        page = self._orders([("tracking", tracking)], Urgency.NOW)
        found = next((one for one in page.orders if one.tracking == tracking), None)
        if found is None and (page.orders or page.unreadable):
            raise Unreachable(NAME, "orders", "the list does not tell of that order")
        return found

    def statuses(self, trackings: Sequence[str]) -> Mapping[str, object]:
        """GET get/orders/status of a hundred at most, whatever their status (section 12.4).

        Numbers that are archived, or unknown, are not among the answers; the token has to stand in the address.
        """
        call = self._read("order statuses", "/get/orders/status", self._asking(trackings), Urgency.SOON)
        reply = self._send(call)
        match _json(reply):
            case {"data": dict(found)}:
                return found
            case {"data": []}:  # PHP's way of writing that there is none
                return {}
        raise _refusal(reply)

    def chunks(self, trackings: Sequence[str]) -> Iterator[Sequence[str]]:
        """As few questions as do, none longer than their servers take."""
        chunk: list[str] = []
        left = whole = LONGEST_URL_BYTES - self._length(())
        for tracking in trackings:
            length = len(quote_plus(f",{tracking}"))
            if chunk and (len(chunk) == MOST_TRACKINGS or length > left):
                yield chunk
                chunk, left = [], whole
            chunk.append(tracking)
            left -= length
        if chunk:
            yield chunk

    def history(self, tracking: str, urgency: Urgency) -> list[object]:
        """GET get/tracking/info: what happened to an order, and when (section 12.1)."""
        call = self._read("history", "/get/tracking/info", [("tracking", tracking)], urgency)
        reply = self._send(call)
        match _json(reply):
            case {"activity": list(entries)}:
                return entries
        raise _refusal(reply)

    def add_remark(self, tracking: str, content: str) -> None:
        """POST add/maj: a remark for whoever carries it; 255 characters (section 12.5)."""
        params = [("tracking", tracking), ("content", content)]
        _confirmed(self._send(self._write("add remark", "POST", "/add/maj", params)))

    def remarks(self, tracking: str) -> list[object]:
        """GET get/maj: all remarks, the courier's too; they are never a status (section 12.5)."""
        reply = self._send(self._read("remarks", "/get/maj", [("tracking", tracking)]))
        match _json(reply):
            case list(entries):
                return entries
        raise _refusal(reply)

    def ask_return(self, tracking: str) -> None:
        """POST ask/for/order/return, only while it is out for delivery; asked is not granted (section 12.6)."""
        call = self._write("ask for return", "POST", "/ask/for/order/return", [("tracking", tracking)])
        _confirmed(self._send(call))

    def wilayas(self) -> object:
        """GET get/wilayas: those that the tenant goes to (section 11)."""
        return _list(self._send(self._read("wilayas", "/get/wilayas")))

    def communes(self) -> object:
        """GET get/communes of all wilayas (section 11)."""
        return _list(self._send(self._read("communes", "/get/communes")))

    def desks(self) -> object:
        """GET get/desks; None with a tenant that has no such list (section 11)."""
        reply = self._send(replace(self._read("desks", "/get/desks"), answers=_ABSENT))
        return None if reply.status in _ABSENT else _list(reply)

    def check_token(self) -> str:
        """GET validate/token: what they say of ours, which stands in the address; raises LockedOut (section 2)."""
        reply = self._send(self._read("check token", "/validate/token", [("api_token", self._token)]))
        match _json(reply):
            case {"message": str(message)} if message.strip().upper() in _REFUSED_TOKENS:
                raise LockedOut(NAME, "check token", message.strip())
            case {"success": told, **others} if is_success(told):
                return str(others.get("message", ""))
        raise _refusal(reply)

    def left(self) -> Mapping[timedelta, int]:
        """How many calls this account may still make, by window."""
        return self._http.left(self._quota)

    def _send(self, call: Call) -> Reply:
        """Redirects are never followed: of a tenant that has moved, the final address has to be set (section 1)."""
        reply = self._http.send(replace(call, answers=call.answers | _REDIRECTS))
        if reply.status not in _REDIRECTS:
            return reply
        if re.match(r"[^?#]*/login/*([?#]|\Z)", reply.headers.get("Location", "")):
            raise LockedOut(NAME, call.operation, "sent to the page where people log in")
        raise reply.garbled(f"answered {reply.status}: is the base address the tenant's final one?")

    def _orders(self, params: Sequence[tuple[str, str]], urgency: Urgency) -> OrdersPage:
        reply = self._send(self._read("orders", "/get/orders", params, urgency))
        match _json(reply):
            case {"data": list(rows), **others}:
                found = tuple(one for row in rows if (one := order(row)) is not None)
                told, total = others.get("last_page"), others.get("total")
                last_page = told if isinstance(told, int) else 1
                size = total if isinstance(total, int) else last_page
                return OrdersPage(found, last_page, size, unreadable=len(rows) - len(found))
        raise _refusal(reply)

    def _asking(self, trackings: Sequence[str]) -> list[tuple[str, str]]:
        return [("api_token", self._token), ("trackings", ",".join(trackings)), ("status", "all")]

    def _length(self, trackings: Sequence[str]) -> int:
        return len(f"{self._base_url}/get/orders/status?{urlencode(self._asking(trackings))}")

    def _read(
        self,
        operation: str,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        urgency: Urgency = Urgency.NOW,
    ) -> Call:
        return self._call(operation, "GET", path, params, urgency, writes=False, seconds=READ_SECONDS)

    def _write(self, operation: str, method: str, path: str, params: Sequence[tuple[str, str]] = ()) -> Call:
        return self._call(operation, method, path, params, Urgency.NOW, writes=True, seconds=WRITE_SECONDS)

    def _call(
        self,
        operation: str,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        urgency: Urgency,
        *,
        writes: bool,
        seconds: float,
    ) -> Call:
        return Call(
            who=NAME,
            operation=operation,
            method=method,
            url=self._base_url + path,
            writes=writes,
            headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
            params=params,
            seconds=seconds,
            reasons=lambda no: reasons(no.json()),
            account=self.account,
            quota=self._quota,
            urgency=urgency,
            allowances=allowances,
            shown=SHOWN,
        )


def allowances(reply: Reply) -> list[Allowance]:
    """What an answer's headers tell of the quota, in either generation of them (section 3)."""
    told = [
        Allowance(span, int(remaining), _moment(reply.headers.get(f"X-RateLimit-Reset-{name}", "")))
        for name, span in SPANS.items()
        if _CALLS_LEFT.fullmatch(remaining := reply.headers.get(f"X-RateLimit-Remaining-{name}", "").strip())
    ]
    remaining = reply.headers.get("X-RateLimit-Remaining", "").strip()
    if not told and _CALLS_LEFT.fullmatch(remaining):  # of old, of the minute alone
        return [Allowance(SPANS["Minute"], int(remaining), _moment(reply.headers.get("X-RateLimit-Reset", "")))]
    return told


def _moment(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _confirmed(reply: Reply) -> Mapping[str, object]:
    """The answer, if it says that it was done; raises Declined where it says no."""
    match _json(reply):
        case dict(answer) if is_success(answer.get("success", "results" in answer)):
            return answer
    raise _refusal(reply)


def _refusal(reply: Reply) -> CounterpartError:
    """A no spelled inside a 200, or else an answer that makes no sense."""
    match _json(reply):
        case {"success": told, "message": str(message)} if not is_success(told) and message in _REFUSED_TOKENS:
            return LockedOut(NAME, reply.call.operation, message)
        case {"success": told} as no if not is_success(told):
            return Declined(NAME, reply.call.operation, *(reasons(no) or ["no reason was given"]))
    return reply.garbled("the answer does not say what became of it")


def _json(reply: Reply) -> object:
    """The answer, read; the page where people log in means that our token was not taken (section 2)."""
    if reply.body.lstrip()[:1] == b"<":
        if _LOGIN_PAGE.search(reply.body, 0, _LONGEST_PAGE_BYTES):
            raise LockedOut(NAME, reply.call.operation, "answered by the page where people log in")
        raise reply.garbled("answered by a page for people")
    return reply.json()


def _list(reply: Reply) -> object:
    answer = _json(reply)
    if isinstance(answer, dict) and "success" in answer:
        raise _refusal(reply)
    if not isinstance(answer, dict | list):
        raise reply.garbled("the answer is no list")
    return answer


def _tracking(answer: Mapping[str, object]) -> str:
    """The number of the one order that an answer confirms; some tenants answer as they do to many (section 5)."""
    match answer:
        case {"tracking": told}:
            return as_tracking(told)
        case {"results": dict(results)} if len(results) == 1:
            (only,) = results.values()
            is_made = isinstance(only, dict) and is_success(only.get("success"))
            return as_tracking(only.get("tracking")) if is_made else ""
    return ""
