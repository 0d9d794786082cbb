"""How strict Ecotrack is: what it takes, in query, form or JSON alike, and the French texts of a no.

Numbers may come as text, and texts lose the blanks around them. A field that no document names is refused, and so is
an empty or negative number; an empty text is none.
"""

import json
import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from flask import Response, request

from carrier_backend.simulator.ecotrack_places import Commune, Places
from carrier_backend.simulator.ecotrack_statuses import ACTIVITIES
from carrier_backend.simulator.world import say

Fields = Mapping[str, Any]
Bag = dict[str, list[str]]

NOT_MODIFIABLE = (10001, "Commande non modifiable")
NOT_SERVED = (10002, "Pas de livraison pour la wilaya sélectionnée")
NO_RETURN = (10003, "Le retour ne peut pas etre demandé pour cette commande")

_REQUIRED = ("nom_client", "telephone", "adresse", "code_wilaya", "commune", "montant", "type")
_ORDER_TEXTS = {
    *("reference", "nom_client", "adresse", "commune", "remarque", "produit", "produit_a_recuperer", "boutique"),
    *("quantite", "gps_link"),
}
_ORDER_WHOLE = {"code_wilaya": (1, 58), "type": (1, 4), "stock": (0, 1), "stop_desk": (0, 1), "fragile": (0, 1)}
_TEXTS = {*_ORDER_TEXTS, "tracking", "content"}
_NUMBERS = {"code_postal", "montant", "weight"}
_PHONES = {"telephone", "telephone_2"}
_WHOLE = {**_ORDER_WHOLE, "page": (1, 10**9), "wilaya_id": (1, 58), "ask_collection": (0, 1)}
_DATES = {"start_date", "end_date"}
_ORDER = {*_ORDER_TEXTS, *_NUMBERS, *_PHONES, *_ORDER_WHOLE}
_NEVER_EMPTY = {*_NUMBERS, *_PHONES, *_WHOLE}
_SPOKEN = {"telephone": "téléphone", "telephone_2": "téléphone", "content": "contenu"}
_LONGEST = 255
_MOST_TRACKINGS = 100
_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
_PHONE = re.compile(r"\d{9,10}", re.ASCII)


class Refused(Exception):
    """A no with its status; `body` is JSON, or a page."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body

    def answer(self) -> Response:
        return say(self.body, self.status, "text/html; charset=UTF-8" if isinstance(self.body, str) else None)


def declined(code: int, message: str) -> Refused:
    """A no inside a 200."""
    return Refused(200, {"success": False, "error": code, "message": message})


def refuse_for(bag: Bag) -> None:
    if bag:
        raise Refused(422, {"message": "The given data was invalid.", "errors": bag})


def invalid(field: str, text: str) -> Refused:
    """The only fault, of this field."""
    return Refused(422, {"message": "The given data was invalid.", "errors": {field: [text]}})


def told(known: Collection[str], required: Collection[str] = ()) -> dict[str, Any]:
    """What came in, wherever it stood, as text; all its faults are refused together."""
    fields = _merged()
    bag = {name: [f"Le champ {_spoken(name)} est obligatoire."] for name in required if name not in fields}
    for name, value in fields.items():
        fault = _fault(name, value) if name in known else f"Le champ {_spoken(name)} n'existe pas."
        if fault:
            bag[name] = [fault]
    refuse_for(bag)
    return fields


def _merged() -> dict[str, Any]:
    """Query, form and JSON as one; without the token, which was for the door."""
    came = {**request.args.to_dict(), **request.form.to_dict(), **_json()}
    trimmed = {name: _text(value) for name, value in came.items() if name != "api_token"}
    return {name: value for name, value in trimmed.items() if value or (value is not None and name in _NEVER_EMPTY)}


def _json() -> dict[str, Any]:
    """What cannot be read is nothing at all."""
    if "json" not in (request.content_type or ""):
        return {}
    try:
        read = json.loads(request.get_data().decode())
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _text(value: Any) -> Any:
    """Numbers as a form would have sent them; what no form could send stays as it is, and is refused."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else value


def _spoken(name: str) -> str:
    return _SPOKEN.get(name, name.replace("_", " "))


def _fault(name: str, value: Any) -> str | None:
    """The text that says what is wrong with a value."""
    spoken = _spoken(name)
    if not isinstance(value, str):
        return f"Le champ {spoken} doit être une chaîne de caractères."
    if name in _TEXTS and len(value) > _LONGEST:
        return f"Le texte de {spoken} ne peut contenir plus de {_LONGEST} caractères."
    if name in _NUMBERS and not _NUMBER.fullmatch(value):
        return f"Le champ {spoken} doit contenir un nombre."
    if name in _PHONES and not _PHONE.fullmatch(value):
        return f"Le champ {spoken} doit contenir entre 9 et 10 chiffres."
    if name in _DATES and not _is_day(value):
        return f"Le champ {spoken} ne correspond pas au format Y-m-d."
    if name in _WHOLE and not _is_within(value, *_WHOLE[name]):
        return "La valeur de {} doit être comprise entre {} et {}.".format(spoken, *_WHOLE[name])
    return None


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == len("2026-11-21")


def _is_within(value: str, least: int, most: int) -> bool:
    return value.isascii() and value.isdigit() and least <= int(value) <= most


def order(places: Places, closed: Collection[int]) -> tuple[Fields, Commune]:
    """What is asked of create/order, and the commune meant."""
    fields = told(_ORDER, _REQUIRED)
    if fields.get("stock") == "1" and "quantite" not in fields:
        refuse_for({"quantite": ["Le champ quantite est obligatoire."]})
    wilaya = int(fields["code_wilaya"])
    if wilaya in closed:
        raise declined(*NOT_SERVED)
    commune = places.commune(wilaya, fields["commune"])
    if commune is None:
        raise invalid("commune", "La commune est mal orthographiée ou désactivée.")
    if fields.get("stop_desk") == "1" and not commune.has_stop_desk:
        raise invalid("stop_desk", "Le stop desk n'est pas disponible dans cette commune.")
    return fields, commune


def asked_for() -> tuple[list[str], set[str]]:
    """The trackings and statuses of get/orders/status, in whose query the token has to stand."""
    if not request.args.get("api_token"):
        raise invalid("api_token", "Le champ api token est obligatoire.")
    fields = told({"trackings", "status"}, ("trackings", "status"))
    trackings, statuses = fields["trackings"].split(","), set(fields["status"].split(","))
    if len(trackings) > _MOST_TRACKINGS:
        raise invalid("trackings", f"Le tableau trackings ne peut contenir plus de {_MOST_TRACKINGS} éléments.")
    if not statuses <= {*ACTIVITIES, "all"}:
        raise invalid("status", "Le champ status est invalide.")
    return trackings, {*ACTIVITIES} if "all" in statuses else statuses
