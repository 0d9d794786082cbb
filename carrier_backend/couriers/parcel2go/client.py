"""Parcel2Go's endpoints: arguments in, what was answered out; no domain.

Addresses are built from the account's own: links in answers may lead anywhere, and are not followed ("Links object").
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from carrier_backend.couriers.parcel2go.tokens import Tokens
from carrier_backend.couriers.parcel2go.translate import (
    NAME,
    Body,
    PlacedOrder,
    StandingOrder,
    as_money,
    placed_order,
    reasons,
    standing_order,
    was_paid,
)
from carrier_backend.domain.errors import Declined
from carrier_backend.domain.parcels import LabelSize
from carrier_backend.ports import Clock
from carrier_backend.support import strict_json
from carrier_backend.support.breaker import account_of
from carrier_backend.support.call import Call, Reply
from carrier_backend.support.http import Http

READ_SECONDS = 8
QUOTE_SECONDS = 12  # many couriers are asked; a shopper waits for much less (see lanes.py)
PAY_SECONDS = 12
# What may be kept of an exchange for operators: none of these names a person or a place, or opens anything, as hashes
# do.
SHOWN = frozenset(
    {
        *("", "Balance", "TotalPrice", "TotalVat", "TotalPriceExVat", "EstimatedValue", "Value", "Currency"),
        *("OrderId", "orderId", "OrderLineId", "ItemId", "Id", "Reference", "CustomerReference", "PaidDate"),
        *("Service", "ServiceSlug", "Slug", "Type", "CollectionDate", "CollectionDates", "Weight", "Length", "Width"),
        *("Height", "Country", "CountryIsoCode", "CountryISO3Code", "iso3CountryCode", "ErrorCode", "TrackingStage"),
        *("Timestamp", "StatusCode", "CourierId", "ParcelNumber", "ParcelId", "TrackingNumber", "CaseId", "CaseType"),
        *("referenceType", "detailLevel", "labelMedia", "labelFormat"),
    }
)
_UNAUTHORIZED = frozenset({401})
_MEDIA = {LabelSize.NORMAL: "A4", LabelSize.SMALL: "Label4X6"}


class Parcel2GoClient:
    """One account with Parcel2Go; every method raises Declined, Unreachable, LockedOut or, to pay, Unsure."""

    def __init__(
        self,
        http: Http,
        clock: Clock,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        fault: str | None = None,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self.account = account_of(self._base_url, client_id, client_secret)
        self._tokens = Tokens(http, clock, self._base_url, client_id, client_secret, fault=fault)

    @property
    def token_ends_at(self) -> datetime | None:
        """When the token that is held ends; None where none is."""
        return self._tokens.ends_at

    def renew_token(self) -> None:
        """Fetch a token, whichever is held: it outlives credentials that are taken back."""
        self._tokens.renew()

    def countries(self) -> bytes:
        """GET /api/countries, as it came, if it is a list (section 4)."""
        reply = self._read("countries", "/api/countries")
        if not isinstance(reply.json(), list):
            raise reply.garbled("the answer is not a list")
        return reply.body

    def quotes(self, wanted: Body) -> list[object]:
        """POST /api/quotes; an empty list where nobody goes (section 5)."""
        reply = self._ask("quotes", "/api/quotes", wanted, seconds=QUOTE_SECONDS)
        return _list(reply, "Quotes")

    def collection_dates(self, service: str, postcode: str, country: str) -> list[object]:
        """POST /api/collectiondates (section 6)."""
        wanted = {"ServiceSlug": service, "Postcode": postcode, "CountryISO3Code": country}
        return _list(self._ask("collection dates", "/api/collectiondates", wanted), "CollectionDates")

    def drop_shops(self, provider: str, postcode: str, country: str) -> list[object]:
        """GET /api/dropshops: shops near a postcode where a parcel can be handed in (section 7)."""
        path = f"/api/dropshops/{quote(provider, safe='')}/location"
        reply = self._read("drop shops", path, [("location", postcode), ("iso3CountryCode", country)])
        return _list(reply, "Results")

    def verify(self, order: Body) -> None:
        """POST /api/orders/verify: raises Declined, with their reasons, for what they would not take (section 8)."""
        self._ask("verify order", "/api/orders/verify", order)

    def place(self, order: Body) -> PlacedOrder:
        """POST /api/orders. An unpaid order binds nobody: one whose answer was lost is placed again, under new ids."""
        reply = self._ask("place order", "/api/orders", order)
        placed = placed_order(reply.json())
        if placed is None:
            raise reply.garbled("the answer does not tell what was ordered")
        return placed

    def standing_order(self, order_id: str, hash: str) -> StandingOrder:
        """GET /api/orders: what it costs and, as far as it is told, its lines with the references we gave them."""
        reply = self._read_order(order_id, hash)
        order = standing_order(reply.json())
        if order is None:
            raise reply.garbled("the answer does not tell what it costs")
        return order

    def is_paid(self, order_id: str, hash: str) -> bool:
        """GET /api/orders: whether a date of payment stands there (section 8)."""
        reply = self._read_order(order_id, hash)
        order = reply.json()
        is_paid = was_paid(order["PaidDate"]) if isinstance(order, dict) and "PaidDate" in order else None
        # What tells neither must not be taken for "not paid": paying again would debit again.
        if is_paid is None:
            raise reply.garbled("the answer does not tell whether it is paid")
        return is_paid

    def pay(self, order_id: str, hash: str) -> None:
        """POST /api/orders/{id}/paywithprepay. Each call that succeeds debits, a second one too (section 9)."""
        path = f"/api/orders/{quote(order_id, safe='')}/paywithprepay"
        reply = self._call("pay", "POST", path, params=[("hash", hash)], writes=True, seconds=PAY_SECONDS)
        answer = reply.json()
        if not isinstance(answer, dict) or "Links" not in answer:  # whatever this is, it does not say "paid"
            raise reply.garbled("the answer does not tell that it was paid")

    def balance(self) -> Decimal:
        """GET /api/prepay: pounds, as a bare number or in an object (section 9)."""
        reply = self._read("balance", "/api/prepay")
        answer = reply.json()
        balance = as_money(answer.get("Balance") if isinstance(answer, dict) else answer)
        if balance is None:
            raise reply.garbled("the answer holds no balance")
        return balance

    def label(self, line_id: str, hash: str, size: LabelSize) -> bytes | None:
        """GET /api/labels of one order line, as PDF; None while there is none (section 10)."""
        params = [
            ("referenceType", "OrderLineId"),
            ("detailLevel", "Labels"),
            ("labelMedia", _MEDIA[size]),
            ("labelFormat", "PDF"),  # without it, a PNG comes ("Links object")
            ("hash", hash),
        ]
        reply = self._read("label", f"/api/labels/{quote(line_id, safe='')}", params, frozenset({404}))
        if reply.status == 404:
            return None
        labels = _list(reply, "Base64EncodedLabels")
        if len(labels) > 1:  # which of them goes onto the box is told nowhere
            raise reply.garbled("more than one label for one parcel")
        return _decoded(reply, labels[0]) if labels and labels[0] else None

    def tracking(self, line_id: str) -> list[object]:
        """GET /api/tracking; nothing yet is no fault (section 11)."""
        reply = self._read("tracking", f"/api/tracking/{quote(line_id, safe='')}", answers=frozenset({404}))
        return [] if reply.status == 404 else _list(reply, "Results")

    def _read_order(self, order_id: str, hash: str) -> Reply:
        return self._read("read order", "/api/orders", [("orderId", order_id), ("hash", hash)])

    def _read(
        self,
        operation: str,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        answers: frozenset[int] = frozenset(),
    ) -> Reply:
        return self._call(operation, "GET", path, params=params, answers=answers)

    def _ask(self, operation: str, path: str, body: Body, seconds: float = READ_SECONDS) -> Reply:
        """A POST that changes nothing worth keeping."""
        return self._call(operation, "POST", path, body=strict_json.dump(body), seconds=seconds)

    def _call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        answers: frozenset[int] = frozenset(),
        writes: bool = False,
        seconds: float = READ_SECONDS,
    ) -> Reply:
        """Make the call; on a 401, which did nothing, once more with a new token. Raises Declined for a no in a 200."""

        def attempt(token: str, extra: frozenset[int] = frozenset()) -> Reply:
            kind = {} if body is None else {"Content-Type": "application/json"}
            return self._http.send(
                Call(
                    who=NAME,
                    operation=operation,
                    method=method,
                    url=self._base_url + path,
                    writes=writes,
                    headers={"Authorization": f"Bearer {token}", "Accept": "application/json", **kind},
                    params=params,
                    body=body,
                    seconds=seconds,
                    answers=answers | extra,
                    reasons=lambda no: reasons(no.json()),
                    account=self.account,
                    shown=SHOWN,
                )
            )

        token = self._tokens.current()
        reply = attempt(token, _UNAUTHORIZED)
        if reply.status == 401:
            reply = attempt(self._tokens.current(refused=token))
        _refuse_errors(reply)
        return reply


def _refuse_errors(reply: Reply) -> None:
    """Errors may come inside a 200, in each of their shapes (section 8)."""
    if reply.status in reply.call.answers:
        return
    answer = reply.json()
    if isinstance(answer, Mapping) and (answer.get("Errors") or answer.keys() >= {"Message", "ErrorCode"}):
        told = reasons(answer)
        raise Declined(NAME, reply.call.operation, *(told or ["no reason given"]))


def _list(reply: Reply, key: str) -> list[object]:
    match reply.json():
        case {**members} if isinstance(found := members.get(key), list):
            return found
        case list(found) if key != "Base64EncodedLabels":
            return found
    raise reply.garbled(f"the answer has no {key}")


def _decoded(reply: Reply, text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise reply.garbled("the label is not base64") from None
