"""Who is not trusted is sent nothing; what breaks after the request was sent is another matter."""

import os
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from carrier_backend.domain.errors import Unreachable, Unsure
from carrier_backend.support.call import Call
from carrier_backend.support.http import Http
from tests.support.conftest import Serve
from tests.support.loopback import Counterpart, drips, response, says


def a_write(counterpart: Counterpart, seconds: float = 5) -> Call:
    return Call("intigo", "create parcel", "POST", counterpart.url, writes=True, body=b"{}", seconds=seconds)


class SlowToShakeHands(ssl.SSLContext):
    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        time.sleep(0.2)
        return super().wrap_socket(*args, **kwargs)


def a_certificate(
    path: Path, kind: type[ssl.SSLContext] = ssl.SSLContext, *, days: int = 1, address: str = "127.0.0.1"
) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that it signed itself, kept with its key under the path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "intigo")])
    ends_at = datetime.now(UTC) + timedelta(days=days)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(ends_at - timedelta(days=9)).not_valid_after(ends_at)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    unencrypted = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(pem, *unencrypted) + certificate.public_bytes(pem))
    tls = kind(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    return tls


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return tmp_path / "server.pem"


def test_a_trusted_counterpart_is_called(serve: Serve, session: requests.Session, http: Http, pem: Path) -> None:
    intigo = serve(says(response(200, b"[1]")), a_certificate(pem))
    session.verify = str(pem)
    assert [http.send(a_write(intigo)).json() for _ in range(2)] == [[1], [1]]


@pytest.mark.parametrize("how", ["unknown", "expired", "another's"])
def test_a_certificate_that_proves_nothing_is_sent_nothing(
    serve: Serve, session: requests.Session, http: Http, pem: Path, how: str
) -> None:
    match how:
        case "expired":
            tls = a_certificate(pem, days=-1)
        case "another's":
            tls = a_certificate(pem, address="192.0.2.1")
        case _:
            tls = a_certificate(pem)
    if how != "unknown":
        session.verify = str(pem)
    intigo = serve(says(response()), tls)
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        http.send(a_write(intigo))
    assert intigo.requests == []


def test_old_tls_is_not_spoken(serve: Serve, session: requests.Session, http: Http, pem: Path) -> None:
    tls = a_certificate(pem)
    session.verify = str(pem)
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
    intigo = serve(says(response()), tls)
    with pytest.raises(Unreachable, match="nothing was sent"):
        http.send(a_write(intigo))


def test_a_server_without_tls_is_sent_nothing(serve: Serve, http: Http) -> None:
    intigo = serve(says(response()))
    call = Call("intigo", "create parcel", "POST", intigo.url.replace("http:", "https:"), writes=True, seconds=0.3)
    with pytest.raises(Unreachable, match="nothing was sent"):
        http.send(call)


def test_tls_that_breaks_after_the_request_leaves_a_write_unsure(
    serve: Serve, session: requests.Session, http: Http, pem: Path
) -> None:
    def breaks_off(connection: socket.socket) -> None:
        os.write(connection.fileno(), b"this is no TLS record")

    intigo = serve(breaks_off, a_certificate(pem))
    session.verify = str(pem)
    with pytest.raises(Unsure, match="SSLError"):
        http.send(a_write(intigo))
    assert len(intigo.requests) == 1


def test_dripping_inside_tls_gains_no_time(serve: Serve, session: requests.Session, http: Http, pem: Path) -> None:
    intigo = serve(drips(response(), seconds_a_byte=0.02), a_certificate(pem))
    session.verify = str(pem)
    with pytest.raises(Unsure, match="TimeoutError"):
        http.send(a_write(intigo, seconds=0.6))


def test_the_handshake_takes_of_the_calls_own_time(
    serve: Serve, session: requests.Session, http: Http, pem: Path
) -> None:
    answers_late = drips(b"}", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", seconds_a_byte=0.5)
    intigo = serve(answers_late, a_certificate(pem, SlowToShakeHands))
    session.verify = str(pem)
    with pytest.raises(Unsure, match="TimeoutError"):
        http.send(a_write(intigo, seconds=0.6))
