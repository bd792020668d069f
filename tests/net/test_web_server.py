# SPDX-License-Identifier: GPL-2.0-or-later
"""Who answers browsers: who is told what, and that nobody who asks stalls the others, the daemon or the control socket."""

import json
import os
import signal
import socket
from contextlib import ExitStack

import documents
import pytest
from lab import HomeLab, Lab, eventually
from lab.garbage import GARBAGE, send_all_of
from lab.helper_process import is_nobody, process_of

PORT, TOKEN = 8468, "the-token-of-the-page"
PLACE = f"127.0.0.1:{PORT}"
MOST, MOST_ASKERS = 64, 16
PHONE = {"type": "secure-internet", "port": 51821, "endpoint": "203.0.113.1:51821", "endpoints": {"phone": {"type": "mobile"}}}


def document(allow=(), listen=PLACE, token_file="web.token", engine="ebpf"):
    return documents.carried_by(engine, "tc") | {
        "networks": {"home": PHONE}, "web": {"listen": listen, "token_file": token_file, "allow": list(allow)}}


class Site:
    def __init__(self, lab):
        self.gateway = HomeLab(lab).gateway
        self.gateway.start_daemon()
        lab.defer(self.gateway.sluice, "cleanup", expect=None)
        (self.gateway.state / "web.token").write_text(TOKEN + "\n", encoding="ascii")
        self.apply()

    def apply(self, **changes):
        self.gateway.apply(document(**changes))

    def curl(self, target, *options, place=PLACE):
        """Status, head and body."""
        done = self.gateway.run("curl", "-sS", "-i", "-m", "10", *options, f"http://{place}{target}", expect=None)
        head, _, body = done.stdout.partition("\n\n")
        return int(head.split()[1]) if head else 0, head.lower(), body

    def ask(self, target="/v1/status", *options, token=TOKEN, place=PLACE):
        shown = ["-H", f"Authorization: Bearer {token}"] if token is not None else []
        status, _, body = self.curl(target, *shown, *options, place=place)
        return status, body

    def said(self, target, *options):
        status, body = self.ask(target, *options)
        assert status == 200, body
        return json.loads(body)

    def degraded(self):
        return self.gateway.json("status")["degraded"]

    def connected(self):
        with self.gateway.entered():
            return socket.create_connection(("127.0.0.1", PORT), timeout=15)


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        made = Site(lab)
        eventually("it answers", lambda: made.ask()[0] == 200)
        yield made


@pytest.fixture
def restored(site):
    yield site
    site.apply()
    eventually("it is as before", lambda: site.ask("/v1/web")[0] == 200 and site.said("/v1/web")["allow"] == [])


def question(target="/v1/status", token=TOKEN):
    return f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def test_the_page_is_there_for_everybody_and_bound_to_itself(site):
    status, head, body = site.curl("/")
    assert status == 200 and "content-type: text/html" in head and "<title>" in body
    for guard in ("content-security-policy: default-src 'none'; script-src 'self'", "frame-ancestors 'none'", "nosniff", "no-store", "no-referrer"):
        assert guard in head, guard
    assert "unsafe" not in head and "http:" not in body.replace("http://www.w3.org", "")
    for path in ("/..", "/web.token", "/../web.token", "/%2e%2e/web.token", "//etc/passwd"):
        assert site.curl(path, "--path-as-is")[0] == 404, path
    assert site.curl("/", "-X", "POST", "-d", "x")[0] == 405


def test_who_has_no_token_is_told_nothing(site):
    for token in (None, "", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
        status, body = site.ask(token=token)
        assert status == 401 and "running" not in body, token
    assert site.ask("/v1/nothing", token=None)[0] == 401
    assert TOKEN not in site.gateway.daemon.output()


def test_it_says_what_the_control_socket_says(site):
    status, head, body = site.curl("/v1/show/interfaces", "-H", f"Authorization: Bearer {TOKEN}")
    assert status == 200 and "nosniff" in head and "default-src 'none'" in head and "no-store" in head
    names = [row["name"] for row in json.loads(body)["interfaces"]]
    assert names == [row["name"] for row in site.gateway.json("show", "interfaces")["interfaces"]]
    assert site.said("/v1/status")["state"] == site.gateway.json("status")["state"]
    assert site.said("/v1/show/flows")["flows"] is not None, "a list in pieces"
    assert site.ask("/v1/show/nothing")[0] == 404
    assert site.ask("/v1/diff?a=5000")[0] >= 400


def answers(connection, count):
    """Bodies of so many answers that come by one connection."""
    text, bodies = b"", []
    while len(bodies) < count:
        text += (piece := connection.recv(4096))
        assert piece, text
        head, end, rest = text.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split()[0]) if end else 0
        if end and len(rest) >= length:
            bodies.append(rest[:length])
            text = rest[length:]
    return bodies


def test_a_connection_is_good_for_many_requests(site):
    with site.connected() as one:
        for _ in range(20):
            for target, words in (("/", b"<title>"), ("/v1/status", b'"state":"running"'), ("/v1/web", b'"allow":[]'), ("/style.css", b"{")):
                one.sendall(question(target))
                assert words in answers(one, 1)[0], target


def test_a_feed_goes_on_until_the_browser_leaves(site):
    with site.connected() as one:
        one.sendall(question("/v1/top/interfaces?rows=3"))
        text = b""
        while text.count(b'"rows"') < 2:
            text += one.recv(4096)
    assert text.startswith(b"HTTP/1.1 200") and b"Content-Security-Policy" in text.split(b"\r\n\r\n")[0]


def test_it_looks_and_does_nothing_else(site):
    before = site.gateway.json("status")["revision"]
    body = ("-H", "Content-Type: application/json", "-d", '{"why": "x"}')
    for method, target in (("POST", "/v1/rollback"), ("POST", "/v1/confirm"), ("POST", "/v1/apply"), ("POST", "/v1/cleanup"), ("POST", "/v1/backup"),
                           ("POST", "/v1/capture"), ("DELETE", "/v1/flows?protocol=udp"), ("DELETE", "/v1/networks/home"), ("PUT", "/v1/status")):
        assert site.ask(target, "-X", method, *body)[0] == 403, target
    for target in ("/v1/endpoint-config?network=home&name=phone", "/v1/endpoint-qr?network=home&name=phone", "/v1/document", "/v1/bundle/documents",
                   "/v1/endpoint-document?network=home&name=phone", "/metrics"):
        assert site.ask(target)[0] in (403, 404), target
    assert site.gateway.json("status")["revision"] == before
    assert site.said("/v1/web")["allow"] == []


def test_what_the_document_allows_it_does(restored):
    restored.apply(allow=["rollback", "configs"])
    eventually("it knows", lambda: restored.said("/v1/web")["allow"] == ["rollback", "configs"])
    config = restored.said("/v1/endpoint-config?network=home&name=phone")
    assert config["text"] == restored.gateway.sluice("endpoint", "config", "home", "phone").stdout
    code = restored.said("/v1/endpoint-qr?network=home&name=phone")
    assert len(code["rows"]) == code["size"] and {len(row) for row in code["rows"]} == {code["size"]}
    assert all(row.startswith("1111111") for row in (code["rows"][0], code["rows"][6])), "a finder is dark at its edge"
    before = restored.gateway.json("status")["revision"]
    restored.said("/v1/rollback", "-d", '{"why": "by the page"}')
    assert restored.gateway.json("status")["revision"] < before
    newest = restored.gateway.json("history")["history"][0]
    assert (newest["rev"], newest["result"], newest["result_who"], newest["result_why"]) == (before, "rolled-back", "web", "by the page")


def test_who_may_do_less_begins_anew(restored):
    restored.apply(allow=["configs"])
    eventually("it knows", lambda: restored.said("/v1/web")["allow"] == ["configs"])
    with restored.connected() as one:
        one.sendall(question("/v1/monitor/drops?"))
        assert one.recv(4096).startswith(b"HTTP/1.1 200")
        restored.apply()
        while one.recv(4096):
            pass
    assert restored.ask("/v1/endpoint-config?network=home&name=phone")[0] == 403


@pytest.mark.parametrize("sent", [*GARBAGE, question() + question(), b"POST /v1/rollback HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n",
                                  question()[:-2] + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"])
def test_garbage_ends_one_connection(site, sent):
    with site.connected() as one:
        send_all_of(one, sent)
    assert site.ask()[0] == 200


def test_a_request_within_another_reaches_nobody(site):
    """What follows the head of one is its body, or the end."""
    hidden = question("/v1/show/interfaces")
    with site.connected() as one:
        one.sendall(question()[:-2] + f"Connection: close\r\nContent-Length: {len(hidden)}\r\n\r\n".encode() + hidden)
        text = b""
        while piece := one.recv(4096):
            text += piece
    assert text.count(b"HTTP/1.1") == 1 and b'"interfaces": [{"addresses"' not in text


def test_strangers_leave_their_place_to_who_has_the_token(site):
    with ExitStack() as held:
        for _ in range(2 * MOST):
            held.enter_context(site.connected())
        assert site.ask()[0] == 200
        assert site.gateway.json("status")["state"] == "running"


def test_who_follows_as_many_feeds_as_there_may_be_leaves_the_control_socket_free(site):
    with ExitStack() as held:
        for _ in range(MOST_ASKERS):
            held.enter_context(site.connected()).sendall(question("/v1/monitor/drops?"))
        eventually("there is no room for more", lambda: site.ask()[0] == 503)
        assert site.gateway.json("status")["state"] == "running"
    eventually("there is again", lambda: site.ask()[0] == 200)


def test_the_process_is_nobody_and_comes_back(site):
    pid = process_of(site.gateway, "web")
    assert is_nobody(pid)
    os.kill(pid, signal.SIGKILL)
    eventually("another one answers", lambda: process_of(site.gateway, "web") not in (None, pid) and site.ask()[0] == 200)


def test_another_token_ends_what_the_old_one_began(restored):
    with restored.connected() as one:
        one.sendall(question("/v1/monitor/drops?"))
        assert one.recv(4096).startswith(b"HTTP/1.1 200")
        (restored.gateway.state / "other.token").write_text("quite-another-token\n", encoding="ascii")
        restored.apply(token_file="other.token")
        while one.recv(4096):
            pass
    assert restored.ask()[0] == 401
    assert restored.ask(token="quite-another-token")[0] == 200


@pytest.mark.parametrize("name, text", [("nothing.token", None), ("empty.token", "\n"), ("short.token", "fifteen-letters")])
def test_a_token_that_is_none_closes_it(restored, name, text):
    if text is not None:
        (restored.gateway.state / name).write_text(text, encoding="ascii")
    restored.gateway.apply(document(token_file=name), expect=None)
    eventually("nobody listens", lambda: restored.ask()[0] == 0)
    assert [line for line in restored.degraded() if name in line]
    restored.apply()
    eventually("nothing is said any more", lambda: not [line for line in restored.degraded() if "page" in line])


def test_a_port_that_is_taken_is_said_and_tried_again(restored):
    place = f"127.0.0.1:{PORT + 1}"
    with restored.gateway.entered():
        taken = socket.create_server(("127.0.0.1", PORT + 1))
    with taken:
        restored.apply(listen=place)
        eventually("it is said", lambda: [line for line in restored.degraded() if place in line])
    eventually("it answers", lambda: restored.ask(place=place)[0] == 200)
    eventually("nothing is said any more", lambda: restored.degraded() == [])


def test_it_goes_with_its_key(restored):
    made = document()
    del made["web"]
    restored.gateway.apply(made)
    eventually("nobody listens", lambda: restored.ask()[0] == 0)
    assert process_of(restored.gateway, "web") is None


def test_the_daemon_may_be_away(restored):
    restored.gateway.daemon.kill()
    eventually("nobody listens", lambda: restored.ask()[0] == 0)
    restored.gateway.start_daemon()
    eventually("it answers", lambda: restored.ask()[0] == 200)


def test_with_the_other_engine(restored):
    restored.apply(engine="nftables")
    eventually("it answers", lambda: restored.ask()[0] == 200 and restored.said("/v1/status")["engine"] == "nftables")
