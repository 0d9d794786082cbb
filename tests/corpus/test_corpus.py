"""Hostile texts and documents, some on each route: `make corpus` tries all of them everywhere."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from carrier_backend.domain.errors import Malformed
from carrier_backend.support import strict_json
from tests.corpus.documents import EVERY, MEBIBYTE, READ, REFUSED
from tests.corpus.places import places
from tests.corpus.strings import HOSTILE
from tests.corpus.verdicts import Court, apart, court
from tests.databases import KINDS
from tests.journeys.conftest import Body, Stage, booking_body

TEXTS_EACH, DOCUMENTS_EACH = 5, 12


@pytest.mark.parametrize("kind", READ)
def test_what_all_would_read_alike_is_read(kind: str) -> None:
    assert [document[:80] for document in READ[kind] if not _is_read(document)] == []


@pytest.mark.parametrize("kind", REFUSED)
def test_what_some_would_read_otherwise_is_not(kind: str) -> None:
    assert [document[:80] for document in REFUSED[kind] if _is_read(document)] == []


def _is_read(document: bytes) -> bool:
    if len(document) > MEBIBYTE:  # no route would come as far
        return False
    try:
        strict_json.parse(document)
    except Malformed:
        return False
    return True


def test_both_databases_say_the_same_to_every_text_and_document() -> None:
    said = []
    for kind in KINDS:
        with court(kind) as here:
            said.append([*here.on_texts(TEXTS_EACH), *here.on_documents(DOCUMENTS_EACH)])
    assert apart(*said) == []
    assert len(said[0]) > len(HOSTILE) + len(EVERY)


def test_every_field_of_every_body_is_a_place(stage: Stage) -> None:
    found = {str(place) for place in places(Court(stage).told)}
    assert {
        "POST /booking body parties.to.address.address_lines.0",
        "POST /booking body addons.0",
        "GET /admin/shipments query q",
        "POST /admin/parcels/{barcode}/cancel path barcode",
        "PUT /admin/merchants/{shipper_id} body contact.phone",
        "PUT /admin/merchants/{shipper_id}/accounts/{courier} body credentials.<key>",
    } <= found


@pytest.mark.parametrize("first", [0, 13])
@pytest.mark.parametrize("field", ["name", "address_lines"])
@pytest.mark.parametrize("courier", ["intigo", "parcel2go", "ecotrack"])
def test_what_is_accepted_reaches_the_courier_unchanged(stage: Stage, courier: str, field: str, first: int) -> None:
    accepted = 0
    for text in HOSTILE[first::26]:  # a dozen: of more, one of them allows no calls in a minute
        answer = stage.book(_for(text, field, booking_body(stage.clock, courier=courier)))
        assert answer.status_code < 500
        if answer.status_code == 200 and text.strip():
            accepted += 1
            assert " ".join(unicodedata.normalize("NFC", text).split()) in " ".join(_texts(stage.books(courier)))
    assert accepted > 1


def _for(text: str, field: str, body: Body) -> Body:
    """The booking for somebody, or a street, of that name."""
    parties = body["parties"]
    changed = {field: text if field == "name" else [f"12 {text} Street"]}
    address = parties["to"]["address"] | changed
    return {**body, "parties": {**parties, "to": {**parties["to"], "address": address}}}


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield " ".join(value.split())
        case dict():
            yield from (text for inner in value.values() for text in _texts(inner))
        case list():
            yield from (text for inner in value for text in _texts(inner))
