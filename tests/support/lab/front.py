# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of a front, its certificates and tokens."""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from .pace import patience
from .wait import eventually

PROGRAM = Path(__file__).with_name("front_backend.py")


def certificate(directory, file, *names, days=30):
    """FILE.crt and FILE.key for these names; answers both."""
    chain, key = directory / f"{file}.crt", directory / f"{file}.key"
    new = directory / "new"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", f"{new}.key", "-out", f"{new}.crt", "-days", str(days), "-subj", f"/CN={names[0]}",
                    "-addext", "subjectAltName=" + ",".join(f"{'DNS' if name[-1].isalpha() else 'IP'}:{name}" for name in names)],
                   check=True, capture_output=True)
    Path(f"{new}.key").rename(key)
    Path(f"{new}.crt").rename(chain)
    return chain, key


def fingerprint(chain):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(chain.read_text(encoding="ascii"))).hexdigest()


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class Signer:
    """Makes tokens: HS256 with a secret, otherwise with a key pair of its own."""

    def __init__(self, algorithm="ES256", secret=b""):
        self.algorithm, self.secret = algorithm, secret
        if algorithm == "ES256":
            self.key = ec.generate_private_key(ec.SECP256R1())
        if algorithm == "RS256":
            self.key = rsa.generate_private_key(65537, 2048)

    def public(self, file):
        file.write_bytes(self.secret or self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        return str(file)

    def _signature(self, text):
        if self.algorithm == "HS256":
            return hmac.digest(self.secret, text, "sha256")
        if self.algorithm == "RS256":
            return self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        numbers = utils.decode_dss_signature(self.key.sign(text, ec.ECDSA(hashes.SHA256())))
        return b"".join(number.to_bytes(32, "big") for number in numbers)

    def token(self, user=None, header=None, **claims):
        claims = {"exp": int(time.time()) + 600, **({"sub": user} if user else {}), **claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        parts = [{"alg": self.algorithm, "typ": "JWT", **(header or {})}, claims]
        text = b".".join(_base64(json.dumps(part).encode()) for part in parts)
        return (text + b"." + _base64(self._signature(text))).decode()


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def seen(self):
        """What the backend was asked."""
        return json.loads(self.body)

    def sent(self, name):
        """The values of a header that the backend got."""
        return [value for key, value in self.seen["headers"] if key == name.lower()]


class FrontClient:
    """A host that asks sites of a front at an address."""

    def __init__(self, host, address, source=None):
        self.host, self.address, self.source = host, address, source

    def _connect(self, port):
        made = self.host.socket(socket.AF_INET6 if ":" in self.address else socket.AF_INET, timeout=patience(10))
        if self.source:
            made.bind((self.source, 0))
        made.connect((self.address, port))
        return made

    def tls(self, name, port=443, alpn=("http/1.1",)):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(list(alpn))
        return context.wrap_socket(self._connect(port), server_hostname=name)

    def fingerprint(self, name):
        with contextlib.closing(self.tls(name)) as session:
            return hashlib.sha256(session.getpeercert(True)).hexdigest()

    def ask(self, name, path="/", token=None, method="GET", headers=(), body=None, sni=None):
        connection = http.client.HTTPSConnection("front")   # the name may be none
        connection.sock = self.tls(sni or name)
        with contextlib.closing(connection):
            return self._ask(connection, name, path, token, method, headers, body)

    def ask_plain(self, name, path="/", headers=()):
        connection = http.client.HTTPConnection("front")
        connection.sock = self._connect(80)
        with contextlib.closing(connection):
            return self._ask(connection, name, path, None, "GET", headers, None)

    @staticmethod
    def _ask(connection, name, path, token, method, headers, body):
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        given = [("Host", name), *dict(headers).items()] if isinstance(headers, dict) else [("Host", name), *headers]
        if token:
            given.append(("Authorization", f"Bearer {token}"))
        if body is not None:
            given.append(("Content-Length", str(len(body))))
        for key, value in given:
            connection.putheader(key, value)
        connection.endheaders(body)
        return Answer(connection.getresponse())

    def raw(self, name, text, within=5):
        """What a server says to these bytes."""
        with contextlib.closing(self.tls(name)) as session:
            session.settimeout(patience(within))
            session.sendall(text)
            said = b""
            with contextlib.suppress(TimeoutError, ConnectionError, ssl.SSLError):
                while data := session.recv(65536):
                    said += data
            return said

    def websocket(self, name, path="/", token=None, protocol="websocket"):
        return WebSocket(self.tls(name), name, path, token, protocol)


class WebSocket:
    """Upgraded, and then bytes come back."""

    def __init__(self, session, name, path, token, protocol):
        self.session = session
        lines = [f"GET {path} HTTP/1.1", f"Host: {name}", "Connection: Upgrade", f"Upgrade: {protocol}",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        lines += [f"Authorization: Bearer {token}"] if token else []
        session.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            data = session.recv(1)
            assert data, head
            head += data
        self.status = int(head.split()[1])

    def echoes(self):
        try:
            self.session.sendall(b"hello")
            return self.session.recv(5) == b"hello"
        except (OSError, ssl.SSLError):
            return False

    def is_closed(self):
        return not self.echoes()


class Stream:
    """Asks 50 times a second, each time by a connection of its own, until it is ended; what failed is kept."""

    def __init__(self, client, name, token=None, path="/", rate=50):
        self.client, self.name, self.token, self.path, self.rate = client, name, token, path, rate
        self.good, self.failed, self.ends = 0, [], False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        eventually("requests are answered", lambda: self.good > 5)
        return self

    def __exit__(self, *_):
        self.ends = True
        self.thread.join()

    def _run(self):
        began, number = time.monotonic(), 0
        while not self.ends:
            try:
                status = self.client.ask(self.name, self.path, self.token).status
                self.good += status == 200
                if status != 200:
                    self.failed.append(status)
            except (OSError, http.client.HTTPException) as failure:
                self.failed.append(repr(failure))
            number += 1
            time.sleep(max(0.0, began + number / self.rate - time.monotonic()))

    def goes_on(self):
        before = self.good
        eventually("requests are still answered", lambda: self.good > before + 10)
