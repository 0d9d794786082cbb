"""Counterparts on loopback that speak in bytes: as slow, as broken and as rude as a test needs them."""

import os
import socket
import ssl
import struct
import time
from collections.abc import Callable
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import IO

Answer = Callable[[socket.socket], None]
"""What is done with a connection once a request has been read from it."""


class Counterpart(ThreadingTCPServer):
    """A server that keeps every request it read, and answers each by the same function."""

    allow_reuse_address = True

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.answer = answer
        self.tls = tls
        self.requests: list[bytes] = []
        self.connections: list[socket.socket] = []
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.server_address[1]}/parcels"

    def close(self) -> None:
        """End every conversation and wait until all threads are gone."""
        self.shutdown()
        for connection in self.connections:
            hang_up(connection)
        self.server_close()
        self._thread.join()


class _Conversation(BaseRequestHandler):
    server: Counterpart

    def handle(self) -> None:
        try:
            with self._connection() as connection, connection.makefile("rb") as stream:
                self.server.connections.append(connection)
                while request := _request(stream):
                    self.server.requests.append(request)
                    self.server.answer(connection)
        except OSError:
            return  # the caller has hung up, as callers do

    def _connection(self) -> socket.socket:
        tls = self.server.tls
        return tls.wrap_socket(self.request, server_side=True) if tls else self.request


def _request(stream: IO[bytes]) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    return head + stream.read(_announced_length(head))


def _announced_length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)


def response(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """A whole response; header names are written with underscores."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def says(answer: bytes, *, then_hangs_up: bool = False) -> Answer:
    """Says this, all at once."""

    def answered(connection: socket.socket) -> None:
        connection.sendall(answer)
        if then_hangs_up:
            hang_up(connection)

    return answered


def drips(answer: bytes, prompt: bytes = b"", *, seconds_a_byte: float = 0.01) -> Answer:
    """Says the first part promptly and the rest a byte at a time."""

    def answered(connection: socket.socket) -> None:
        connection.sendall(prompt)
        for byte in answer:
            time.sleep(seconds_a_byte)
            connection.sendall(bytes([byte]))

    return answered


def says_nothing(connection: socket.socket) -> None:
    """Waits until the caller hangs up."""
    connection.recv(1)


def hang_up(connection: socket.socket) -> None:
    """Ends a connection without a word."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was first


def resets(connection: socket.socket) -> None:
    """Throws the connection away with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
