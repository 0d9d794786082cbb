"""What was said both ways of late, trace ids of what was done later, and operators' acts."""

import json
from datetime import datetime, timedelta

from carrier_backend.domain.exchanges import Heading
from carrier_backend.storage import tables
from tests.scale.ledger import Ledger
from tests.scale.past import RETENTION, Past

WORKED_ON_TWICE, ACTED_UPON = 0.03, 0.025
OPERATORS = tuple(f"operator-{number}" for number in range(1, 13))
ACTS = ("cancel", "replay", "reconcile", "settle", "record event")
CHARACTERS = {"book": 1500, "create": 1200}
USUAL_CHARACTERS = 250


def enter_exchange(
    ledger: Ledger, past: Past, heading: Heading, who: str, operation: str, trace_id: str, at: datetime
) -> None:
    """A request and its answer, if they are kept still."""
    if past.erased_at or ledger.now - at > RETENTION:
        return
    said = json.dumps(
        {"shipping_method": past.shipping_method, "withheld": "·" * CHARACTERS.get(operation, USUAL_CHARACTERS)}
    )
    ledger.add(
        tables.exchanges,
        {
            "at": at,
            "direction": heading,
            "who": who,
            "operation": operation,
            "trace_id": trace_id,
            "method": "POST",
            "path": f"/{operation}",
            "status": 200,
            "verdict": None,
            "milliseconds": ledger.chance.randrange(20, 900),
            "request": said,
            "response": said,
        },
    )


def enter_acts(ledger: Ledger, past: Past) -> None:
    """Of a few shipments: what somebody did later, and why."""
    if ledger.chance.random() < WORKED_ON_TWICE and not past.erased_at:
        ledger.add(
            tables.traces, {"shipment_id": past.id, "trace_id": ledger.trace_id(), "created_at": past.created_at}
        )
    if ledger.chance.random() < ACTED_UPON:
        ledger.add(
            tables.audit,
            {
                "at": past.created_at + timedelta(hours=1),
                "operator": ledger.chance.choice(OPERATORS),
                "act": ledger.chance.choice(ACTS),
                "subject": ledger.chance.choice(past.boxes).reference,
                "reason": "a customer asked for it",
                "facts": {},
            },
        )
