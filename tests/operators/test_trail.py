"""What operators see of who did what."""

from carrier_backend.services.backend import Backend
from carrier_backend.services.review_acts import PAGE
from tests.builders import a_merchant
from tests.conftest import BY_TEST
from tests.operators.conftest import BECAUSE, Caller


def test_every_act_is_shown_with_who_and_why(operator: Caller) -> None:
    operator.put("/admin/aliases", {**BECAUSE, "courier": "fake", "name": "M", "city": "T", "subdivision": "S"})
    newest = operator.get("/admin/audit").get_json()["items"][0]
    assert newest.pop("id")
    assert newest == {
        "at": "2026-11-23T09:00:00.000000Z",
        "operator": "the operator",
        "act": "put alias",
        "subject": "fake/M",
        "reason": BECAUSE["reason"],
        "facts": {"city": "T", "subdivision": "S", "before": None},
    }


def test_acts_are_shown_of_one_operator_and_to_one_subject(viewer: Caller) -> None:
    assert viewer.get("/admin/audit?operator=nobody").get_json() == {"items": [], "next": None}
    (found,) = viewer.get("/admin/audit?operator=test&subject=shop-1").get_json()["items"]
    assert (found["act"], found["subject"]) == ("put merchant", "shop-1")


def test_a_long_trail_comes_in_pages(backend: Backend, viewer: Caller) -> None:
    for _ in range(PAGE):
        backend.oversee.put_merchant(a_merchant("shop-2"), BY_TEST)
    first = viewer.get("/admin/audit?subject=shop-2").get_json()
    assert (len(first["items"]), first["next"]) == (PAGE, None)
    backend.oversee.put_merchant(a_merchant("shop-2"), BY_TEST)
    first = viewer.get("/admin/audit?subject=shop-2").get_json()
    second = viewer.get(f"/admin/audit?subject=shop-2&cursor={first['next']}").get_json()
    assert (len(second["items"]), second["next"]) == (1, None)
    assert second["items"][0]["id"] < first["items"][-1]["id"]


def test_a_strange_cursor_is_named(viewer: Caller) -> None:
    answer = viewer.get("/admin/audit?cursor=x")
    assert answer.get_json() == {"errors": [{"message": "cursor: is not one that was given out here"}]}
