"""What products and merchants may say to Parcel2Go: `[product.options]` and `[merchant.couriers.parcel2go]`."""

import re
from collections.abc import Iterator
from decimal import Decimal

from carrier_backend.couriers.parcel2go.offers import CHEAPEST
from carrier_backend.couriers.parcel2go.translate import as_money
from carrier_backend.domain.products import Route, Terms

# The document's own lists ("Customs").
EXPORT_REASONS = ("Sale", "Gift", "Sample", "Repair", "Documents", "IntraCompanyTransfer", "TemporaryExport")
VAT_STATUSES = ("Individual", "NotRegistered", "Registered")

_CHOICES = {"export_reason": EXPORT_REASONS, "vat_status": VAT_STATUSES}
_TEXTS = (
    *("forename", "surname", "tariff_code", "origin_country"),
    *("vat_number", "eori_number", "nif_number", "ioss_code"),
)
_MONEY = ("max_price", "daily_limit")


def service(options: Terms) -> str:
    """A service's slug, `cheapest` or `fastest`."""
    return text_of(options, "service") or CHEAPEST


def max_price(route: Route) -> Decimal | None:
    """The most that one booking may cost, in pounds: the lower of what product and merchant allow."""
    limits = [_money(terms, "max_price") for terms in (route.product.options, route.terms)]
    return min((limit for limit in limits if limit is not None), default=None)


def daily_limit(terms: Terms) -> Decimal | None:
    """The most that a merchant's bookings of one day may cost together, in pounds."""
    return _money(terms, "daily_limit")


def text_of(terms: Terms, key: str) -> str:
    """A text; empty where none is set."""
    value = terms.get(key, "")
    return value.strip() if isinstance(value, str) else ""


def faults_in_options(options: Terms) -> list[str]:
    """What is wrong with a product's options."""
    faults = [f"{key}: there is no such key" for key in options if key not in ("service", "max_price")]
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", str(options.get("service", CHEAPEST))):
        faults.append("service: must be a service's slug, cheapest or fastest")
    return faults + list(_faults_in_money(options))


def faults_in_terms(terms: Terms) -> list[str]:
    """What is wrong with a merchant's terms; whether they are enough for customs, Parcel2Go says."""
    known = {*_CHOICES, *_TEXTS, *_MONEY}
    faults = [f"{key}: there is no such key" for key in terms if key not in known]
    faults += [f"{key}: must be text" for key in _TEXTS if not isinstance(terms.get(key, ""), str)]
    for key, choices in _CHOICES.items():
        if key in terms and terms[key] not in choices:
            faults.append(f"{key}: must be one of {', '.join(choices)}")
    if not re.fullmatch(r"([A-Z]{2})?", text_of(terms, "origin_country")):
        faults.append("origin_country: must be a country's two letters")
    return faults + list(_faults_in_money(terms))


def _faults_in_money(terms: Terms) -> Iterator[str]:
    for key in _MONEY:
        limit = _money(terms, key)
        if key in terms and (limit is None or limit <= 0):
            yield f"{key}: must be an amount in pounds"


def _money(terms: Terms, key: str) -> Decimal | None:
    return as_money(terms.get(key))
