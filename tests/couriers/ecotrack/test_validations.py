"""What tells that an order was validated, and what does not."""

import pytest

from carrier_backend.couriers.ecotrack.validations import has_been_validated
from carrier_backend.domain.errors import Unreachable
from tests.couriers.ecotrack.stage import Stage, a_route, a_shipment
from tests.couriers.fakes import MemoryJournal


@pytest.fixture
def number(stage: Stage, journal: MemoryJournal) -> str:
    (booked,) = stage.courier.book(a_shipment(route=a_route({"validate": "never"})), journal)
    return booked.number


def list_as(stage: Stage, *rows: dict[str, object]) -> None:
    stage.script_for("orders", "refuse", status=200, body={"data": list(rows), "last_page": 1})


@pytest.mark.parametrize("status", ["en_ramassage", "vers_hub", "En_Livraison", "payé_et_archivé", "retour_recu"])
def test_a_status_that_comes_after_it_tells(stage: Stage, number: str, status: str) -> None:
    list_as(stage, {"tracking": number, "status": status})
    assert has_been_validated(stage.client, number)


@pytest.mark.parametrize("status", [None, "", "en_orbite", "annule", "prete_a_expedier", "prete_a_preparer"])
def test_no_other_status_does(stage: Stage, number: str, status: str | None) -> None:
    list_as(stage, {"tracking": number, "status": status})
    assert not has_been_validated(stage.client, number)


def test_the_history_tells_where_the_status_does_not(stage: Stage, number: str) -> None:
    stage.client.validate(number, ask_collection=False)
    list_as(stage, {"tracking": number, "status": "prete_a_expedier"})
    assert has_been_validated(stage.client, number)


@pytest.mark.parametrize("row", [{"tracking": None}, {"tracking": "ECOTHER1000", "status": "en_livraison"}])
def test_a_list_of_something_else_tells_nothing(stage: Stage, number: str, row: dict[str, object]) -> None:
    list_as(stage, row)
    with pytest.raises(Unreachable, match="does not tell"):
        has_been_validated(stage.client, number)


def test_among_others_its_own_row_counts(stage: Stage, number: str) -> None:
    list_as(stage, {"tracking": "ECOTHER1000", "status": "vers_hub"}, {"tracking": number, "status": "en_hub"})
    assert has_been_validated(stage.client, number)
