"""What Ecotrack's answers look like: lists in pages, the HTML of a web server, and all of it when broken."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from carrier_backend.simulator.faults import Fault

LOGIN = (
    "<!DOCTYPE html><html><head><title>Connexion</title></head><body>"
    '<form method="POST" action="/login"><input type="password" name="password">Se connecter</form></body></html>'
)
NOT_FOUND = "<!DOCTYPE html><html><head><title>Not Found</title></head><body>404</body></html>"
TOO_LONG = "<html><head><title>414 Request-URI Too Large</title></head><body>nginx</body></html>"

_FOREIGN = {"tracking": "ECXXXX2611210000000", "status": "livre_non_encaisse", "order_id": "", "activity": []}
_BROKEN = {"status": {"unexpected": ["shape"]}, "activity": "none"}
_ACCENTED = {
    "prete_a_expedier": "prête_à_expédier",
    "livre_non_encaisse": "livré_non_encaissé",
    "encaisse_non_paye": "encaissé_non_payé",
    "retour_recu": "retour_reçu",
}


def paginated(rows: list[dict[str, Any]], number: int, length: int, total: int) -> dict[str, Any]:
    """One page, and where it stands among all."""
    last = max(1, ceil(total / length))
    first_place = (number - 1) * length + 1
    return {
        "current_page": number,
        "data": rows,
        "from": first_place if rows else None,
        "last_page": last,
        "next_page_url": f"/?page={number + 1}" if number < last else None,
        "per_page": length,
        "prev_page_url": f"/?page={number - 1}" if number > 1 else None,
        "to": first_place + len(rows) - 1 if rows else None,
        "total": total,
    }


def twisted_rows(rows: list[dict[str, Any]], fault: Fault | None) -> list[dict[str, Any]]:
    """The rows of get/orders as the fault leaves them."""
    if fault is None:
        return rows
    match fault.kind:
        case "drop_item":
            return rows[: fault["item"]] + rows[fault["item"] + 1 :]
        case "broken_item":
            return [row | _BROKEN if place == fault["item"] else row for place, row in enumerate(rows)]
        case "foreign_item":
            return [*rows, _FOREIGN]
        case "accented":
            return [row | {"status": _ACCENTED.get(row["status"], row["status"])} for row in rows]
    return rows


def twisted_standing(standing: Mapping[str, Any], fault: Fault | None) -> dict[str, Any]:
    """The orders of get/orders/status, by tracking, as the fault leaves them."""
    if fault is None:
        return dict(standing)
    rows = twisted_rows([{"tracking": tracking, **one} for tracking, one in standing.items()], fault)
    return {row["tracking"]: {name: value for name, value in row.items() if name != "tracking"} for row in rows}


def twisted_activity(activity: list[dict[str, Any]], fault: Fault | None) -> list[dict[str, Any]]:
    """The lines of a history as the fault leaves them."""
    if fault is None:
        return activity
    match fault.kind:
        case "reorder":
            return [activity[place] for place in fault["order"] or range(len(activity))[::-1]]
        case "duplicate_item":
            return [*activity, activity[fault["item"]]]
    return activity
