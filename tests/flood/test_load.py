"""What the flood counts; what it does to bookings is measured by `make flood`."""

import re
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.flood.load import ADDRESS, Flood

THROTTLED = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_it_calls_from_elsewhere_and_counts_every_answer_once(listener: socket.socket) -> None:
    host, port = listener.getsockname()
    flood, stop = Flood(f"http://{host}:{port}", calls_a_second=1000), threading.Event()
    thread = threading.Thread(target=flood.run, args=(stop,))
    thread.start()
    caller, (address, _) = listener.accept()
    assert address == ADDRESS
    assert b"POST /webhooks/" in caller.recv(65536)
    caller.sendall(THROTTLED + THROTTLED[:11])
    caller.recv(65536)  # by then it has read that, and goes on
    caller.sendall(THROTTLED[11:])
    caller.recv(65536)
    caller.recv(65536)
    stop.set()
    thread.join()
    caller.close()
    assert re.search(r"\d calls a second: 2 x 429; 0 found", flood.told())
