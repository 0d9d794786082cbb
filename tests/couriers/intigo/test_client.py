"""What counts as an answer, endpoint by endpoint."""

from typing import Any

import pytest

from carrier_backend.couriers.intigo.client import IntigoClient
from carrier_backend.couriers.intigo.translate import Registered
from carrier_backend.domain.errors import Declined, LockedOut, Unreachable, Unsure
from tests.couriers.intigo.samples import body, sample
from tests.couriers.intigo.stage import Stage
from tests.simulator.callers import a_parcel

CID = "ABCDEFGHIJKLMNOPQRST"
HTML = "<html>Login</html>"


@pytest.fixture
def client(stage: Stage) -> IntigoClient:
    return stage.client


def answered(stage: Stage, operation: str, said: Any, status: int = 201) -> None:
    """The next answer to that operation is this, and nothing is done."""
    content_type = "text/html" if said == HTML else "application/json"
    stage.director.script(operation, "garbage", body=said, status=status, content_type=content_type, done=False)


def test_the_key_goes_out_to_the_letter(stage: Stage, client: IntigoClient) -> None:
    client.try_key()

    assert stage.calls() == 1


def test_a_wrong_key_locks_out() -> None:
    with pytest.raises(LockedOut):
        Stage(api_key="wrong").client.try_key()


def test_a_created_parcel_is_confirmed_by_both_ids(client: IntigoClient) -> None:
    created = client.create(a_parcel(cid=CID))

    assert created.cid == CID
    assert client.find_by_nid(created.nid) == client.find_by_cid(CID) == created


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_with_both_ids_is_one(stage: Stage, client: IntigoClient, status: int) -> None:
    answered(stage, "create", sample("parcel_answer"), status)

    assert client.create(a_parcel(cid=CID)) == Registered("1097367", CID, "4A7C21", "0")


@pytest.mark.parametrize(
    "said",
    [
        HTML,
        "",
        "null",
        "[]",
        "{}",
        '{"nid":"1097367"',
        {"status": 400, "message": "refused"},
        {"nid": "", "cid": CID},
        {"nid": "1097367", "cid": "BCDEFGHIJKLMNOPQRSTU"},
        {"nid": "1097367;DROP", "cid": CID},
    ],
    ids=str,
)
def test_a_success_that_does_not_confirm_the_parcel_leaves_doubt(stage: Stage, client: IntigoClient, said: Any) -> None:
    answered(stage, "create", said)

    with pytest.raises(Unsure):
        client.create(a_parcel(cid=CID))


def test_a_success_without_content_leaves_doubt(stage: Stage, client: IntigoClient) -> None:
    answered(stage, "create", "", 204)

    with pytest.raises(Unsure):
        client.create(a_parcel(cid=CID))


def test_a_refusal_is_told_in_their_words(client: IntigoClient) -> None:
    with pytest.raises(Declined) as refusal:
        client.create(a_parcel(cid=CID, phone="123", surprise=True))

    assert refusal.value.reasons == ("property surprise should not exist", "phone must be a string of 8 digits")


def test_a_refusal_in_html_is_not_passed_on(stage: Stage, client: IntigoClient) -> None:
    answered(stage, "create", HTML, 400)

    with pytest.raises(Declined) as refusal:
        client.create(a_parcel(cid=CID))

    assert refusal.value.reasons == ("answered 400",)


def test_a_batch_is_read_entry_by_entry(stage: Stage, client: IntigoClient) -> None:
    answered(stage, "create_batch", [*sample("batch_answer"), {"cid": "no number"}, None])

    created = client.create_batch([a_parcel(cid=CID)])

    assert [parcel.nid for parcel in created] == ["1097368", "1097367"]


@pytest.mark.parametrize("said", [HTML, "{}", "null"])
def test_a_batch_that_is_no_list_leaves_doubt(stage: Stage, client: IntigoClient, said: str) -> None:
    answered(stage, "create_batch", said)

    with pytest.raises(Unsure):
        client.create_batch([a_parcel(cid=CID)])


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, {"message": "not found"}),
        (400, HTML),
        (201, ""),
        (200, "null"),
        (200, "{}"),
        (200, "[]"),
        (200, "[null]"),
        (200, {"statusCode": 404, "message": "not found"}),
        (200, {"status": None, "nid": None, "cid": None, "secretCode": None}),
    ],
    ids=str,
)
def test_a_parcel_that_is_not_there_is_none(stage: Stage, client: IntigoClient, status: int, said: Any) -> None:
    answered(stage, "find", said, status)

    assert client.find_by_cid(CID) is None


@pytest.mark.parametrize(
    "said",
    [
        HTML,
        {"data": {"nid": "1097367", "cid": CID}},
        {"nid": "1097367", "cid": "BCDEFGHIJKLMNOPQRSTU"},
        [{"nid": "1097367", "cid": CID}, {"nid": "1097368", "cid": CID}],
        {"nid": "not a number", "cid": CID},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_never_taken_for_none(stage: Stage, client: IntigoClient, said: Any) -> None:
    answered(stage, "find", said)

    with pytest.raises(Unreachable):
        client.find_by_cid(CID)


def test_our_parcel_is_picked_out_of_several(stage: Stage, client: IntigoClient) -> None:
    answered(stage, "find", sample("batch_answer"))

    found = client.find_by_cid(CID)

    assert found is not None
    assert found.nid == "1097367"


@pytest.mark.parametrize("wrapping", ["{}", '{{"history":{}}}', '{{"data":{}}}', '{{"items":{}}}'])
def test_a_history_is_read_however_it_is_wrapped(stage: Stage, client: IntigoClient, wrapping: str) -> None:
    nid = client.create(a_parcel(cid=CID)).nid
    answered(stage, "history", wrapping.format(body("history").decode()))

    assert client.history(nid) == sample("history")


def test_a_history_may_be_a_single_entry(stage: Stage, client: IntigoClient) -> None:
    nid = client.create(a_parcel(cid=CID)).nid
    answered(stage, "history", sample("history")[0])

    assert client.history(nid) == sample("history")[:1]


@pytest.mark.parametrize("said", [HTML, "null", "7", {"message": "soon"}], ids=str)
def test_a_history_that_cannot_be_read_is_asked_for_again(stage: Stage, client: IntigoClient, said: Any) -> None:
    nid = client.create(a_parcel(cid=CID)).nid
    answered(stage, "history", said)

    with pytest.raises(Unreachable):
        client.history(nid)


@pytest.mark.parametrize("said", [HTML, "{}", "[]", '{"number":null}', '{"number":"<script>"}'])
def test_a_ticket_without_a_number_leaves_doubt(stage: Stage, client: IntigoClient, said: str) -> None:
    nid = client.create(a_parcel(cid=CID)).nid
    answered(stage, "ticket", said)

    with pytest.raises(Unsure):
        client.file_ticket({"nid": nid, "ticketType": 8})


def test_a_filed_ticket_can_be_read(client: IntigoClient) -> None:
    nid = client.create(a_parcel(cid=CID)).nid

    number = client.file_ticket({"nid": nid, "ticketType": 1, "title": "Question", "description": "Quand ?"})

    ticket = client.ticket(number)
    assert (ticket["title"], ticket["status"], ticket["nid"]) == ("Question", 1, nid)


@pytest.mark.parametrize("said", [HTML, "[]", '{"message":"soon"}', '[{"city":"Tunis"}]'])
def test_a_list_of_places_unheard_of_is_not_taken(stage: Stage, client: IntigoClient, said: str) -> None:
    answered(stage, "regions", said)

    with pytest.raises(Unreachable):
        client.regions()


def test_several_labels_come_in_one_document(client: IntigoClient) -> None:
    nids = [client.create(a_parcel(cid=cid)).nid for cid in (CID, CID[::-1])]

    assert client.bordereaux(nids).startswith(b"%PDF-")
