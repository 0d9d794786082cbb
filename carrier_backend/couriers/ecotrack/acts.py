"""What only operators ask of Ecotrack: remarks, a return, and to hand a draft over now."""

from collections.abc import Callable, Mapping

from carrier_backend.couriers.ecotrack.client import EcotrackClient
from carrier_backend.couriers.ecotrack.handover import fitted
from carrier_backend.couriers.ecotrack.validations import has_been_validated
from carrier_backend.domain.errors import Declined, Fault, Malformed, raise_faults
from carrier_backend.domain.parcels import Booked
from carrier_backend.ports import Act

Arguments = Mapping[str, object]

_REMARK = {"text": "remarque", "station": "station", "driver": "livreur", "created_at": "created_at"}


class EcotrackActs:
    """Each act goes to the account of the parcel's own merchant."""

    def __init__(self, client_of: Callable[[str], EcotrackClient]) -> None:
        self._client_of = client_of

    def table(self) -> dict[str, Act]:
        """The acts by name."""
        return {
            "remark": self.remark,
            "remarks": self.remarks,
            "ask-return": self.ask_return,
            "validate": self.validate,
        }

    def remark(self, booked: Booked, arguments: Arguments) -> Arguments:
        """Add a remark, its `content` at most 255 characters, for whoever carries the parcel."""
        _expect({"content"}, arguments)
        content = arguments["content"]
        try:
            text = fitted(content if isinstance(content, str) else "")
        except ValueError as error:
            raise Malformed(Fault(str(error), "content")) from None
        self._client_of(booked.shipper_id).add_remark(booked.number, text)
        return {"content": text}

    def remarks(self, booked: Booked, arguments: Arguments) -> Arguments:
        """All remarks on the parcel, the courier's among them."""
        _expect(set(), arguments)
        entries = self._client_of(booked.shipper_id).remarks(booked.number)
        return {
            "remarks": [
                {ours: str(entry.get(theirs) or "") for ours, theirs in _REMARK.items()}
                for entry in entries
                if isinstance(entry, dict)
            ]
        }

    def ask_return(self, booked: Booked, arguments: Arguments) -> Arguments:
        """Ask for the parcel's return, while it is out for delivery; the courier may ignore that."""
        _expect(set(), arguments)
        self._client_of(booked.shipper_id).ask_return(booked.number)
        return {"asked": "return"}

    def validate(self, booked: Booked, arguments: Arguments) -> Arguments:
        """Hand the draft over now; pressed twice, it says the same."""
        _expect(set(), arguments)
        client = self._client_of(booked.shipper_id)
        try:
            client.validate(booked.number, ask_collection=booked.facts.get("ask_collection") is True)
        except Declined:
            if not has_been_validated(client, booked.number):
                raise
        return {"validated": True}


def _expect(names: set[str], arguments: Arguments) -> None:
    """Raise Malformed about every argument that is missing, or is not for this."""
    missing = [Fault("is needed", name) for name in sorted(names - arguments.keys())]
    strange = [Fault("is not for this", name) for name in arguments if name not in names]
    raise_faults(Malformed, missing + strange)
