"""A shopper asks what is possible: answered from what is in memory, nothing is written."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from carrier_backend.domain.addresses import Window
from carrier_backend.domain.calendar import delivery_windows
from carrier_backend.domain.errors import NotServed
from carrier_backend.domain.options import Options
from carrier_backend.domain.orders import OptionsQuery
from carrier_backend.domain.products import Route
from carrier_backend.ports import Bounds, Clock, Courier, IsPublicHoliday
from carrier_backend.services.agree_terms import NOT_COVERED, AgreeTerms

SHOPPERS_PATIENCE_SECONDS = 1.5


class OfferOptions:
    """Delivery windows and pickup points for a place."""

    def __init__(
        self,
        agree_terms: AgreeTerms,
        couriers: Mapping[str, Courier],
        clock: Clock,
        bounds: Bounds,
        is_public_holiday: IsPublicHoliday,
    ) -> None:
        self._agree_terms = agree_terms
        self._couriers = couriers
        self._clock = clock
        self._bounds = bounds
        self._is_public_holiday = is_public_holiday

    def __call__(self, query: OptionsQuery) -> Options:
        """What can be promised; raises Malformed, Forbidden or NotServed."""
        route = self._agree_terms.route(query.client_id, query.shipper_id, query.shipping_method)
        if not route.product.covers(query.area.address):
            raise NotServed(NOT_COVERED)
        with self._bounds(seconds=SHOPPERS_PATIENCE_SECONDS, trace_id=query.trace_id):
            options = self._couriers[route.courier].options(query, route)
        return options if options.windows else replace(options, windows=self._windows(query, route))

    def _windows(self, query: OptionsQuery, route: Route) -> tuple[Window, ...]:
        country = query.area.address.country

        def is_holiday(day: date) -> bool:
            return self._is_public_holiday(country, day)

        return delivery_windows(route.product.calendar, self._clock.now(), query.collection, is_holiday)
