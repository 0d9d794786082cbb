"""Names, phones, addresses and secrets that can be told anywhere, sent through every fault: nowhere do they turn up."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from carrier_backend.domain.access import Role
from carrier_backend.simulator import ecotrack_api, faults, intigo_api, parcel2go_api
from carrier_backend.storage.tables import metadata
from tests.conftest import BY_TEST, ENCRYPTION_KEY
from tests.journeys.conftest import SIMULATED, Body, Stage
from tests.storage.test_at_rest import raw_bytes

NAME, STREET = "Quokkabe Zebuloni", "7 Numbatstreet"
CARE_OF, GATE = "Okapiwald", "gate 98317 marmosets"
PHONES = {"intigo": "+21620918273", "parcel2go": "+447700918273", "ecotrack": "+213550918273"}
EMAIL = "zebuloni@pangolinhouse.example"
# In small letters. None so short that it could stand by chance in the megabytes of what is sealed.
PERSONAL = ("quokkabe", "zebuloni", "numbatstreet", "okapiwald", "marmosets", "0918273", "pangolinhouse")
SECRETS = (
    SIMULATED.intigo_api_key,
    SIMULATED.intigo_webhook_token or "",
    SIMULATED.parcel2go_client_secret,
    SIMULATED.parcel2go_webhook_secret,
    SIMULATED.ecotrack_api_token,
    SIMULATED.ingrid_hmac_secrets[0],
    "a token key of more than thirty-two bytes",
    ENCRYPTION_KEY,
)

TOLD = f"{NAME}, {STREET}, c/o {CARE_OF}, {EMAIL}, {' '.join(PHONES.values())}, {GATE} is not to our liking"
ECHO = {
    "message": TOLD,
    "statusCode": TOLD,
    "errors": {"nom_client": [TOLD], NAME: [NAME]},
    "Errors": [{"Name": NAME, "Description": TOLD}],
    "error": NAME,
    "status": NAME,
    "nid": NAME,
    "cid": EMAIL,
    "tracking": STREET,
    "Id": TOLD,
    "OrderId": NAME,
    "nested": [[TOLD, {"success": NAME}]],
    "Secrets": list(SECRETS),
}
PAGE = f"<html>{TOLD} {' '.join(SECRETS)}</html>"
ECHOING: Mapping[str, Body] = {
    **{kind: {"body": ECHO} for kind in ("refuse", "error_before", "error_after")},
    "garbage": {"body": PAGE},
    "redirect": {"location": f"http://elsewhere.invalid/?q={NAME}"},
    "slow": {"seconds": 0.01},
}
OF_INGRID: Mapping[str, Body] = {
    kind: {"body": {"errors": [{"message": TOLD}]}} for kind in ("refuse", "error_before", "error_after")
}
OPERATIONS = {
    "intigo": intigo_api.OPERATIONS,
    "parcel2go": parcel2go_api.OPERATIONS,
    "ecotrack": ecotrack_api.OPERATIONS,
}


def kinds_of(courier: str) -> list[str]:
    """Every kind of fault that any operation of the courier's knows."""
    own = (kind for kinds in OPERATIONS[courier].values() for kind in kinds)
    return list(dict.fromkeys([*faults.KINDS, *own]))


class Play:
    """One courier's parcels on their way through one kind of fault, and all that was answered."""

    def __init__(self, stage: Stage, courier: str, a_booking: Callable[..., Body]) -> None:
        self._stage = stage
        self._courier = courier
        self._a_booking = a_booking
        stage.control(system="ecotrack", limits={"minute": 10**6, "hour": None, "day": None})
        self._client = stage.backend.oversee.add_client("another", BY_TEST)
        self.secrets = {self._client.client_secret}
        self.answers: list[TestResponse] = []
        self.booked = 0

    def run(self, kind: str) -> None:
        """A search, a prebooking, a booking until it stands, news of every way, a cancellation: each is hit."""
        body = self._addressed(self._a_booking(1 + self.booked % 2, self._courier))
        self._script(kind)
        self._post("/shipping-options", {**body, "parties": self._searching(body)})
        self._post("/prebooking", body)
        barcodes = self._booked(body)
        self.booked += len(barcodes)
        for barcode in barcodes[:1]:
            self._script(kind)
            self._bring_news(barcode)
            self._keep(self._stage.ingrid.delete(f"/booking/packages/{barcode}", headers=self._let_in()))
        self._go_on(timedelta(minutes=10))
        self._stage.simulator.post("/_control", json={"system": self._courier, "heal": {}})

    def _addressed(self, body: Body) -> Body:
        parties = body["parties"]
        to = {**parties["to"]["address"], "name": NAME, "address_lines": [STREET], "care_of": CARE_OF}
        customer = {"phone": PHONES[self._courier], "email": EMAIL, "address": to}
        parties = {**parties, "to": {**parties["to"], "address": to}, "customer": customer}
        return {**body, "parties": parties, "delivery_instructions": GATE}

    def _searching(self, body: Body) -> Body:
        address = body["parties"]["to"]["address"]
        return {**body["parties"], "search": {"address": address, "location_limit": 5, "location_radius": 10}}

    def _script(self, kind: str) -> None:
        """Every operation of the courier's, and of Ingrid's, is hit once by it where it can be."""
        for operation, own in OPERATIONS[self._courier].items():
            if kind in faults.KINDS or kind in own:
                self._control(system=self._courier, operation=operation, fault=kind, **ECHOING.get(kind, {}))
        if kind in faults.KINDS:
            self._control(system="ingrid", operation="push", fault=kind, **OF_INGRID.get(kind, ECHOING.get(kind, {})))

    def _booked(self, body: Body) -> list[str]:
        for _ in range(8):
            answer = self._post("/booking", body)
            if answer.status_code == 200:
                return [package["barcode"] for package in answer.json["packages"]]  # type: ignore[index]  # it is one
            self._go_on(timedelta(seconds=125))
        return []

    def _bring_news(self, barcode: str) -> None:
        """As each courier tells it: by a known code, by one of its own words, and by something that makes no sense."""
        at = self._stage.clock.now().isoformat().replace("+00:00", "Z")
        match self._courier:
            case "intigo":
                for code in (2, 4711):
                    news = {"status": code, "message": TOLD, "date": at, "parcels": [{"nid": barcode, "cid": NAME}]}
                    self._call("/webhooks/intigo/status", news)
                self._call("/webhooks/intigo/parcels", [{"nid": NAME, "name": NAME, "phone": PHONES["intigo"]}])
                self._call("/webhooks/intigo/status", ECHO, token=SIMULATED.intigo_api_key)
            case "parcel2go":
                line = barcode.removeprefix("P2G")
                self._control(system="parcel2go", move={"line": line, "stage": "InTransit", "description": TOLD})
                self._control(system="parcel2go", case={"line": line, "status": TOLD, "case_type": NAME})
                self._control(system="parcel2go", tell={"type": "Tracking", "payload": ECHO})
            case "ecotrack":
                told = {"tracking": barcode, "station": NAME, "reason": TOLD}
                self._control(system="ecotrack", move={**told, "status": "vers_hub", "activity": "picked"})
                self._control(system="ecotrack", move={**told, "status": "vers_hub", "activity": NAME})
        self._go_on(timedelta(minutes=30))

    def _call(self, path: str, body: object, token: str | None = SIMULATED.intigo_webhook_token) -> None:
        self._stage.ingrid.post(path, json=body, headers={"Authorization": f"Bearer {token}"})

    def _go_on(self, span: timedelta) -> None:
        self._stage.clock.advance(span)
        for _ in range(2):
            self._stage.work()
            self._stage.clock.advance(timedelta(seconds=40))

    def _let_in(self) -> dict[str, str]:
        """As Ingrid is: tokens do not last for long."""
        credentials = {"client_id": self._client.client_id, "client_secret": self._client.client_secret}
        token = self._stage.ingrid.post("/oauth/token", json=credentials).get_json()["access_token"]
        self.secrets.add(token)
        return {"Authorization": f"Bearer {token}"}

    def _post(self, path: str, body: Body) -> TestResponse:
        return self._keep(self._stage.ingrid.post(path, json=body, headers=self._let_in()))

    def _keep(self, answer: TestResponse) -> TestResponse:
        self.answers.append(answer)
        return answer

    def _control(self, **command: Any) -> None:
        self._stage.control(**command)


def found(text: str, canaries: Iterable[str]) -> list[str]:
    """Where a canary is, in letters of any size, with what stands around it."""
    small = text.lower()
    return sorted(
        {
            small[max(hit.start() - 100, 0) : hit.end() + 50]
            for canary in {canary.lower() for canary in canaries if canary}
            if canary in small  # nearly always not, which is told far sooner than where
            for hit in re.finditer(re.escape(canary), small)
        }
    )


def telling_columns(engine: Engine, canaries: Iterable[str]) -> set[str]:
    """The columns in which one is there, for whoever has to mend that."""
    with engine.connect() as connection:
        return {
            f"{table.name}.{column}"
            for table in metadata.sorted_tables
            for row in connection.execute(select(table)).mappings()
            for column, cell in row.items()
            if found(cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell), canaries)
        }


def seen_by_operators(stage: Stage) -> str:
    """All figures, and all exchanges page by page."""
    token = stage.backend.oversee.add_operator("viewer", Role.VIEWER, BY_TEST)
    headers = {"Authorization": f"Bearer {token}"}
    texts, cursor = [stage.ingrid.get("/metrics", headers=headers).text], ""
    while True:
        page = stage.ingrid.get(f"/admin/exchanges?cursor={cursor}", headers=headers)
        texts.append(page.text)
        cursor = page.get_json()["next"]
        if not cursor:
            return "".join(texts)


@pytest.mark.parametrize("courier", OPERATIONS)
def test_nothing_personal_and_no_secret_gets_out(
    stage: Stage,
    engine: Engine,
    a_booking: Callable[..., Body],
    capsys: pytest.CaptureFixture[str],
    courier: str,
) -> None:
    play = Play(stage, courier, a_booking)
    kinds = kinds_of(courier) if engine.dialect.name == "sqlite" else list(ECHOING)
    for kind in kinds:
        play.run(kind)
    operators_see = seen_by_operators(stage)
    secrets = [*SECRETS, *play.secrets]
    every = [*PERSONAL, *secrets]
    assert found(capsys.readouterr().err, every) == []
    assert found(operators_see, every) == []
    assert found(raw_bytes(engine).decode(errors="replace"), every) == [], telling_columns(engine, every)
    # What a caller sent may come back to it.
    assert found("".join(answer.text for answer in play.answers if answer.status_code != 200), secrets) == []
    assert play.booked >= len(kinds)
    assert operators_see.count('"direction":"out"') > 10 * len(kinds)
