"""Nested messages become a flat list."""

from carrier_backend.domain.errors import Fault
from carrier_backend.support.faults import flatten


def test_each_message_gets_its_whole_path() -> None:
    nest = {"parcel": {"value": ["too small", "not a number"]}, "windows": {0: {"start": ["missing"]}}}
    assert list(flatten(nest)) == [
        Fault("too small", "parcel.value"),
        Fault("not a number", "parcel.value"),
        Fault("missing", "windows[0].start"),
    ]


def test_what_concerns_the_whole_is_named_by_it() -> None:
    assert list(flatten({"_schema": ["no"], "parcel": {"_schema": ["no"]}})) == [
        Fault("no", ""),
        Fault("no", "parcel"),
    ]
