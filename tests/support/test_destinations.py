"""In production nothing is sent but by https to hosts that are known, at addresses of the public internet."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from carrier_backend.domain.errors import Unreachable
from carrier_backend.support.bounds import BoundsContext
from carrier_backend.support.bulkhead import Bulkhead
from carrier_backend.support.call import Call
from carrier_backend.support.clock import SystemClock
from carrier_backend.support.destinations import Destinations, NoDestination, host_of, is_public
from carrier_backend.support.http import Http
from carrier_backend.support.sessions import new_session
from tests.couriers.fakes import MemoryCalls, MemoryExchanges, a_breaker
from tests.support.conftest import Serve
from tests.support.loopback import response, says

PRIVATE = [
    *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1"),  # noqa: S104
    *("169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fe80::1%1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2001::1", "::7f00:1"),
    *("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "64:ff9b:1::1", "100::1", "fec0::1"),
]
PUBLIC = [
    *("8.8.8.8", "193.95.66.10", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
]
# What stands for addresses of this very machine or of its network, in every notation that some parser takes.
ODD = [
    *("https://169.254.169.254", "https://169.254.169.254/latest/meta-data/", "https://127.0.0.1", "https://localhost"),
    *("https://2130706433", "https://0x7f000001", "https://0x7f.1", "https://0177.0.0.1", "https://017700000001"),
    *("https://127.1", "https://127.0.1", "https://0", "https://0.0.0.0", "https://10.0.0.1", "https://192.168.0.1"),
    *("https://172.16.5.4", "https://[::1]", "https://[::]", "https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]"),
    *(
        "https://[0:0:0:0:0:ffff:169.254.169.254]",
        "https://[fe80::1]",
        "https://[fc00::1]",
        "https://[64:ff9b::7f00:1]",
    ),
    *("https://[2002:7f00:1::]", "https://localhost.localdomain", "https://metadata.google.internal"),
    *("https://127.0.0.1.nip.io", "https://elsewhere.example", "https://api.courier.example.elsewhere.example"),
    *("https://api.courier.example@127.0.0.1", "https://127.0.0.1#api.courier.example", "https://127.0.0.1?q=1"),
    *("https://evil-courier.example", "https://courier.example", "https://127.0.0.1\\@api.courier.example"),
    *(
        "http://api.courier.example",
        "http://127.0.0.1",
        "file:///etc/passwd",
        "ftp://api.courier.example",
        "gopher://x",
    ),
    *(
        "//api.courier.example",
        "https:///path",
        "https://",
        "",
        "https://\uff11\uff12\uff17.0.0.1",
        "https://①②⑦.0.0.1",
    ),
]


def strict(*known: str, resolve: Callable[[str, int], list[str]] | None = None) -> Destinations:
    return Destinations(known, is_strict=True, resolve=resolve or (lambda _host, _port: ["127.0.0.1"]))


@contextmanager
def calling(destinations: Destinations) -> Iterator[Http]:
    clock = SystemClock()
    with closing(new_session(destinations=destinations)) as session:
        calls, breaker = MemoryCalls(clock), a_breaker(clock)
        yield Http(session, BoundsContext(clock), clock, calls, breaker, Bulkhead(8), MemoryExchanges())


def a_call(url: str) -> Call:
    return Call("intigo", "create parcel", "POST", url, writes=True, body=b"{}", seconds=2)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_is_told(address: str) -> None:
    assert is_public(address)


def test_no_account_may_be_at_an_odd_address() -> None:
    destinations = strict("api.courier.example")
    assert len(set(ODD)) >= 40
    assert [url for url in ODD if destinations.fault_in(url) is None] == []


def test_no_odd_address_is_ever_connected_to() -> None:
    looked_up: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    destinations = strict("api.courier.example", resolve=resolve)
    with socket.create_server(("127.0.0.1", 0)) as canary, calling(destinations) as http:
        canary.settimeout(0.05)
        for url in ODD:
            with pytest.raises(Unreachable, match="nothing was sent"):
                http.send(a_call(f"{url}:{canary.getsockname()[1]}" if url.count(":") == 1 else url))
        with pytest.raises(TimeoutError):
            canary.accept()
    assert looked_up == []


@pytest.mark.parametrize("address", PRIVATE)
def test_a_known_name_that_means_a_private_address_is_not_connected_to(address: str) -> None:
    destinations = strict("api.courier.example", resolve=lambda _host, _port: [address])
    with pytest.raises(NoDestination):
        destinations.addresses("api.courier.example", 443)
    with calling(destinations) as http, pytest.raises(Unreachable, match=r"nothing was sent.*NoDestination"):
        http.send(a_call("https://api.courier.example"))


def test_of_several_addresses_the_public_ones_are_taken() -> None:
    destinations = strict("api.courier.example", resolve=lambda _host, _port: ["10.0.0.1", "8.8.8.8", "::1"])
    assert destinations.addresses("api.courier.example", 443) == ["8.8.8.8"]


def test_what_was_looked_up_is_what_is_connected_to(serve: Serve) -> None:
    intigo = serve(says(response()))
    meanings = iter(["127.0.0.1", "127.0.0.2"])  # whoever looked a second time would be led elsewhere
    destinations = Destinations((), is_strict=False, resolve=lambda _host, _port: [next(meanings)])
    with calling(destinations) as http:
        http.send(a_call(intigo.url.replace("127.0.0.1", "api.courier.example")))
    assert len(intigo.requests) == 1
    assert b"\r\nHost: api.courier.example:" in intigo.requests[0]
    assert next(meanings) == "127.0.0.2"


def test_the_next_address_is_tried_where_one_does_not_answer(serve: Serve) -> None:
    intigo = serve(says(response()))
    destinations = Destinations((), is_strict=False, resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
    with calling(destinations) as http:
        assert http.send(a_call(intigo.url.replace("127.0.0.1", "api.courier.example"))).status == 200


@pytest.mark.parametrize(
    ("url", "is_known"),
    [
        ("https://api.courier.example/v1/parcels?nid=7", True),
        ("https://API.courier.example./v1", True),
        ("https://api.courier.example:8443/v1", True),
        ("https://rex.tenants.example", True),
        ("https://a.rex.tenants.example", True),
        ("https://tenants.example", False),
        ("https://eviltenants.example", False),
        ("http://api.courier.example", False),
    ],
)
def test_hosts_are_known_by_name_or_by_the_name_they_are_below(url: str, is_known: bool) -> None:
    assert strict("api.courier.example", ".tenants.example").is_known(url) is is_known


def test_in_development_calls_go_anywhere() -> None:
    anywhere = Destinations((), is_strict=False)
    assert anywhere.fault_in("http://127.0.0.1:9000/intigo") is None
    assert anywhere.addresses("127.0.0.1", 80) == ["127.0.0.1"]
    assert anywhere.fault_in("ftp://127.0.0.1") == "is no address"


@pytest.mark.parametrize(("url", "host"), [("https://A.example.:1/x", "a.example"), ("https://[", ""), ("x", "")])
def test_the_host_of_an_address_is_in_small_letters(url: str, host: str) -> None:
    assert host_of(url) == host
