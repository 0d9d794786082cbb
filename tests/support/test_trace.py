"""Trace ids that cannot forge a log line."""

import pytest

from carrier_backend.support import trace


@pytest.mark.parametrize("header", ["A", "01HX-ingrid_7", "a" * 64])
def test_a_harmless_one_is_kept(header: str) -> None:
    assert trace.clean(header) == header


@pytest.mark.parametrize("header", [None, "", "a" * 65, "a\r\nb", "a\n", "\x1b[31m", "a b", "طرد", "٣", "<script>"])
def test_any_other_is_replaced(header: str | None) -> None:
    minted = trace.clean(header)
    assert minted != header
    assert trace.clean(minted) == minted


def test_minted_ones_differ() -> None:
    assert trace.mint() != trace.mint()
