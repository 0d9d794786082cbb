"""Calls are counted until they are taken."""

from carrier_backend.support.tally import CallTally


def test_calls_are_counted_by_whom_they_were_to_and_what_came_of_them() -> None:
    tally = CallTally()
    for outcome in ("Answered", "Unsure", "Answered"):
        tally.count("intigo", outcome)
    assert tally.take() == {("intigo", "Answered"): 2, ("intigo", "Unsure"): 1}


def test_what_was_taken_is_counted_no_longer() -> None:
    tally = CallTally()
    tally.count("intigo", "Answered")
    tally.take()
    assert tally.take() == {}


def test_what_could_not_be_kept_is_counted_with_what_came_since() -> None:
    tally = CallTally()
    tally.count("intigo", "Answered")
    taken = tally.take()
    tally.count("intigo", "Answered")
    tally.put_back(taken)
    assert tally.take() == {("intigo", "Answered"): 2}
