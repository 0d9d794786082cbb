"""How an order is looked for in `get/orders`, which knows no search by reference: page by page (section 12.3).

Orders move between the pages meanwhile: to later ones as newer come in before them, to earlier ones as others go. Where
the newest come first, none is missed on the way to the end, with a step back when the list has shrunk; where they come
last, none is missed on the way to the beginning. Which it is, nobody tells: the list is read both ways.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from carrier_backend.couriers.ecotrack.client import NAME, EcotrackClient, OrdersPage
from carrier_backend.couriers.ecotrack.translate import Order, local_day
from carrier_backend.domain.errors import Unsure
from carrier_backend.domain.parcels import Facts

CLOCKS_APART = timedelta(hours=2)
"""A tenant's clock may differ from Algeria's time by as much, without a warning: it may go by UTC."""
_A_DAY = timedelta(days=1)

Span = tuple[date, date]
"""A first and a last local day."""


@dataclass(frozen=True, slots=True)
class Position:
    """The page to be read next: a search may stop at any, and be gone on with later.

    `direction` is 1 or -1; `size` is that of the list when it was last read; `unreadable` is how many rows were.
    """

    span: int = 0
    page: int = 1
    direction: int = 1
    size: int = 0
    unreadable: int = 0

    @classmethod
    def of(cls, noted: object) -> "Position":
        """As it was noted; the beginning where it was not."""
        return cls(**{str(name): int(value) for name, value in noted.items()}) if isinstance(noted, dict) else cls()

    @property
    def facts(self) -> Facts:
        """To be noted."""
        return asdict(self)

    def after(self, read: OrdersPage) -> "Position":
        """Where to go on once that page was read here."""
        here = replace(self, size=read.size, unreadable=self.unreadable + read.unreadable)
        gone = self.size - read.size
        if self.direction > 0 and gone > 0:  # so many rows may have moved to pages that were read before
            return replace(here, page=max(self.page - gone, 1))
        if self.direction > 0 and self.page < read.last_page:
            return replace(here, page=self.page + 1)
        if self.page > 1:
            return replace(here, page=self.page - 1, direction=-1)
        return Position(self.span + 1, unreadable=here.unreadable)


class Search:
    """The search for the orders of one reference, the creation of which was begun at some moment."""

    def __init__(self, client: EcotrackClient, reference: str, begun_at: datetime, position: Position) -> None:
        self._client = client
        self._reference = reference
        self._spans = spans(begun_at)
        self.position = position

    def among_newest(self) -> list[Order]:
        """Those on the first page or on the last, where the newest are: that they are not there says nothing yet."""
        first = self._page(0, 1)
        found = self._gathered(0, 1, first)
        if found or first.last_page == 1:
            return found
        return self._gathered(0, first.last_page, self._page(0, first.last_page))

    def everywhere(self) -> list[Order]:
        """Those on any page; none, and they are certainly absent. Raises Unsure where what cannot be read may be one.

        Raises CounterpartError where it cannot go on for now; it has come to its `position`.
        """
        while self.position.span < len(self._spans):
            span, number = self.position.span, self.position.page
            page = self._page(span, number)
            if found := self._gathered(span, number, page):
                return found
            self.position = self.position.after(page)
        if self.position.unreadable:
            self.position = Position()
            raise Unsure(NAME, "orders", "an order in the list cannot be read, and may be ours")
        return []

    def _gathered(self, span: int, number: int, page: OrdersPage) -> list[Order]:
        """Those on that page and, if there are any, on the pages beside it: what was made twice stands near itself."""
        found = self._ours(page)
        beside = [other for other in (number - 1, number + 1) if found and 1 <= other <= page.last_page]
        for other in beside:
            found += self._ours(self._page(span, other))
        return found

    def _ours(self, page: OrdersPage) -> list[Order]:
        return [order for order in page.orders if order.reference == self._reference]

    def _page(self, span: int, number: int) -> OrdersPage:
        return self._client.orders(number, *self._spans[span])


def spans(begun_at: datetime) -> list[Span]:
    """The days on which an order may be listed: the likely ones first, and then the rest of both neighbouring days.

    A day more is asked for at the end: whether tenants count the last one in is told nowhere.
    """
    since, until = local_day(begun_at - CLOCKS_APART), local_day(begun_at + CLOCKS_APART) + _A_DAY
    day_before = local_day(begun_at) - _A_DAY
    return [(since, until)] if since == day_before else [(since, until), (day_before, day_before)]
