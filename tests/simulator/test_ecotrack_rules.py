"""How strict the pretended Ecotrack is with an order, and where it goes."""

from collections import Counter
from typing import Any

import pytest

from carrier_backend.simulator.ecotrack_places import Places
from tests.simulator.callers import Director
from tests.simulator.senders import Sender

SEVEN = {"nom_client", "telephone", "adresse", "code_wilaya", "commune", "montant", "type"}


def test_nothing_is_refused_naming_the_seven_that_are_required(sender: Sender) -> None:
    answer = sender.call("POST", "create/order")

    assert (answer.status_code, answer.json()["message"]) == (422, "The given data was invalid.")
    assert set(answer.json()["errors"]) == SEVEN
    assert answer.json()["errors"]["telephone"] == ["Le champ téléphone est obligatoire."]


def test_a_body_that_cannot_be_read_is_nothing(sender: Sender) -> None:
    sender.headers["Content-Type"] = "application/json"

    assert set(sender.call("POST", "create/order", data=b'{"nom_client"').json()["errors"]) == SEVEN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nom_client", "x" * 256),
        ("nom_client", ["Amina"]),
        ("nom_client", True),
        ("reference", "x" * 256),
        ("adresse", "x" * 256),
        ("remarque", "x" * 256),
        ("telephone", "+213550123456"),
        ("telephone", "05501234"),
        ("telephone", "0550 123456"),
        ("telephone_2", ""),
        ("code_wilaya", 0),
        ("code_wilaya", 59),
        ("code_wilaya", "Alger"),
        ("commune", "Bejaia"),
        ("commune", "BÉJAÏA"),
        ("commune", "بجاية"),
        ("montant", "1 500"),
        ("montant", "-1"),
        ("montant", ""),
        ("type", 5),
        ("type", 1.5),
        ("stop_desk", True),
        ("stop_desk", 2),
        ("fragile", "oui"),
        ("code_postal", "6 000"),
        ("weight", "1kg"),
    ],
)
def test_a_field_is_refused_by_name(sender: Sender, director: Director, field: str, value: Any) -> None:
    answer = sender.create(**{field: value})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert director.books("ecotrack")["orders"] == []


@pytest.mark.parametrize("field", ["client", "tel", "wilaya", "product", "produit_a_recupere", "email", "length"])
def test_a_field_of_another_call_or_of_none_is_refused(sender: Sender, field: str) -> None:
    assert list(sender.create(**{field: "1"}).json()["errors"]) == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": None},
        {"telephone": "550123456"},
        {"code_wilaya": "6", "type": "1", "montant": "1500.00"},
        {"remarque": "", "produit": ""},
        {"stop_desk": 1, "code_postal": "06000"},
        {"type": 3, "fragile": "1", "weight": 1.5, "gps_link": "https://maps.example/1"},
        {"stock": 1, "produit": "REF1,REF2", "quantite": "1,2"},
        {"nom_client": "أمينة بن صالح"},
    ],
)
def test_what_the_document_allows_is_accepted(sender: Sender, changes: dict[str, Any]) -> None:
    assert sender.create(**changes).json()["success"] is True


def test_goods_from_stock_need_a_quantity(sender: Sender) -> None:
    assert list(sender.create(stock=1).json()["errors"]) == ["quantite"]


def test_a_desk_has_to_be_in_the_commune(sender: Sender) -> None:
    there, elsewhere = (
        sender.create(stop_desk=1, code_wilaya=16, commune=name).json() for name in ("Bab Ezzouar", "Hydra")
    )

    assert there["success"] is True
    assert list(elsewhere["errors"]) == ["stop_desk"]


def test_a_closed_wilaya_is_declined_within_a_success_and_not_listed(sender: Sender, director: Director) -> None:
    director.ecotrack(tenant={"closed": [6]})

    answer = sender.create()

    assert (answer.status_code, answer.json()["error"]) == (200, 10002)
    assert 6 not in [one["wilaya_id"] for one in sender.get("get/wilayas").json()]
    assert 6 not in [one["wilaya_id"] for one in sender.get("get/communes").json().values()]


def test_the_tenant_goes_to_all_58_wilayas(sender: Sender) -> None:
    wilayas = sender.get("get/wilayas").json()

    assert [one["wilaya_id"] for one in wilayas] == list(range(1, 59))
    assert {"wilaya_id": 28, "wilaya_name": "M'Sila"} in wilayas


def test_each_wilaya_has_communes_of_its_own(sender: Sender) -> None:
    listed = sender.get("get/communes").json().values()

    assert {one["wilaya_id"] for one in listed} == set(range(1, 59))
    assert len({(one["wilaya_id"], one["nom"]) for one in listed}) == len(listed) > 300
    assert sender.get("get/communes", wilaya_id=50).json()["0"]["nom"] == "Bordj Badji Mokhtar"


def test_some_communes_share_a_name_and_some_a_postal_code() -> None:
    communes = Places().communes

    names, codes = (Counter(each) for each in zip(*((one.name, one.postal_code) for one in communes), strict=True))

    assert {"El Marsa", "Bougara", "Ain Turk", "Sidi Slimane"} == {name for name, times in names.items() if times > 1}
    assert codes["16097"] == 2


@pytest.mark.parametrize(("wilaya", "old"), [(49, "01"), (51, "07"), (52, "08"), (53, "11"), (55, "30"), (58, "47")])
def test_a_wilaya_split_off_keeps_the_postal_codes_of_old(wilaya: int, old: str) -> None:
    codes = [one.postal_code for one in Places().communes if one.wilaya_id == wilaya]

    assert codes
    assert all(code.startswith(old) for code in codes)


def test_fees_are_told_in_dinars_and_nothing_where_there_is_no_desk(sender: Sender) -> None:
    fees = {one["wilaya_id"]: one for one in sender.get("get/fees").json()["livraison"]}

    assert (fees[16]["tarif"], fees[16]["tarif_stopdesk"], fees[37]["tarif_stopdesk"]) == ("700", "450", "0")
