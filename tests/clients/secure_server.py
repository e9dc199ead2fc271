"""A server with TLS whose certificate nobody knows, and a proxy, both on loopback."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from bad_server import BadServer, Step
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Certificate:
    """A certificate for 127.0.0.1 that signs itself.

    Args:
        folder: for its files.

    Attributes:
        file: what a client has to trust.
    """

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
        begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + datetime.timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.file = folder / "certificate.pem"
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        key_file = folder / "key.pem"
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.file, key_file)

    def server(self, *script: Step) -> BadServer:
        """A server that shows it."""
        return BadServer(*script, wrap=lambda connection: self._context.wrap_socket(connection, server_side=True))


class Proxy:
    """Opens tunnels to whoever is asked for.

    Attributes:
        url: where it is.
        asked: what it was asked for.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Proxy:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that waits in accept is woken by a connection that asks for nothing.
        socket.create_connection(self._socket.getsockname()).close()
        for thread in self._threads:
            thread.join(10)
        self._socket.close()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type] # it is callable
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            head = b""
            while b"\r\n\r\n" not in head:
                read = connection.recv(4096)
                if not read:
                    connection.close()
                    return
                head += read
            line = head.split(b"\r\n")[0].decode()
            self.asked.append(line)
            host, _, port = line.split(" ")[1].rpartition(":")
            there = socket.create_connection((host, int(port)))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._start(_pass_on, connection, there)
            self._start(_pass_on, there, connection)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError), target:
        for read in _reads(source):
            target.sendall(read)
        target.shutdown(socket.SHUT_RDWR)


def _reads(source: socket.socket) -> Iterator[bytes]:
    while read := source.recv(65536):
        yield read
