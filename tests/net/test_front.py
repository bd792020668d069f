# SPDX-License-Identifier: GPL-2.0-or-later
"""The front as clients see it: names, certificates, paths, headers, errors, hostile requests."""
import contextlib
import json
import os
import socket
import ssl
import time
from pathlib import Path

import pytest
from front_site import PORT, PRIVATE, SHOP, FrontSite, front_fixtures
from lab import Lab, clients, eventually
from lab.front import PROGRAM, FrontClient, certificate, fingerprint
from lab.helper_process import status_of
from lab.home import INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, OUTSIDE6, WAN4, WAN6
from lab.tenants import TENANT4, TenantsLab, vrf_of

TCP_CLOSE = 7   # as the kernel numbers states

site, restored = front_fixtures()


def test_a_site_is_served_by_its_name(site):
    answer = site.client.ask(SHOP, "/where?to=go")
    assert (answer.status, answer.seen["name"], answer.seen["path"]) == (200, "inside", "/where?to=go")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert FrontClient(site.home.outside, WAN6).ask(SHOP).sent("X-Forwarded-For") == [OUTSIDE6]
    assert site.client.ask("SHOP.Example.ORG").status == 200


def test_a_name_with_capitals_is_served_as_browsers_ask_for_it(restored):
    document = restored.document()
    document["sites"]["Wiki"] = {"service": "web", "access": "public"}
    restored.apply(document)
    assert {restored.client.ask(f"{name}.pods.example.org", sni=SHOP).status for name in ("wiki", "Wiki")} == {200}


def test_with_nftables_too():
    with Lab("tc") as lab:
        site = FrontSite(lab, engine="nftables")
        assert site.client.ask(SHOP).status == 200
        assert clients.tcp_outcome(site.home.outside, WAN4, 8443) != "answered"


def test_by_http2(site):
    run = site.home.outside.run("curl", "--silent", "--show-error", "--insecure", "--http2", "--max-time", "10", "--resolve",
                                f"{SHOP}:443:{WAN4}", "--write-out", "\n%{http_version} %{http_code}", f"https://{SHOP}/api/x")
    body, result = run.stdout.rsplit("\n", 1)
    assert result == "2 200" and json.loads(body)["path"] == "/x"


@pytest.mark.parametrize(("path", "name", "seen"), [
    ("/", "inside", "/"), ("/api", "second", "/"), ("/api/", "second", "/"), ("/api/x/y?q=1", "second", "/x/y?q=1"),
    ("/apis", "inside", "/apis"), ("/api/raw", "second", "/api/raw"), ("/api/raw/x", "second", "/api/raw/x"),
    ("/api/rawer", "second", "/rawer"), ("/x/api/y", "inside", "/x/api/y"),
    ("//api/x", "inside", "/api/x")])   # the backend's library takes one of the slashes away
def test_paths_lead_to_services(site, path, name, seen):
    answer = site.client.ask(SHOP, path).seen
    assert (answer["name"], answer["path"]) == (name, seen)


def test_plain_http_is_sent_on(site):
    answer = site.client.ask_plain(SHOP, "/a?b=c")
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{SHOP}/a?b=c")
    assert site.client.ask_plain("stranger.example.org").status == 404


def test_unknown_names(site):
    assert site.client.ask("stranger.example.org", sni=SHOP).status == 404
    with pytest.raises(ssl.SSLError):
        site.client.tls("stranger.example.org")
    with pytest.raises(ssl.SSLError):
        site.client.tls(None)


def test_pages_and_json(site):
    page = site.client.ask("stranger.example.org", sni=SHOP)
    assert page.headers["Content-Type"].startswith("text/html") and b"<h1>404 Not Found</h1>" in page.body
    answer = site.client.ask("stranger.example.org", sni=SHOP, headers={"Accept": "application/json"})
    assert answer.headers["Content-Type"] == "application/json" and answer.seen["status"] == 404


def test_headers_of_backends(site):
    forged = {name: "forged" for name in ("X-User", "X-Pod", "X_User", "x-forwarded-proto", "X-Forwarded-Prefix", "Forwarded",
                                          "X-Real-IP", "X_Forwarded_For")}
    answer = site.client.ask(SHOP, headers={**forged, "X-Forwarded-For": "198.51.100.99", "X-Forwarded-Host": "evil.example"})
    assert "forged" not in {value for _, value in answer.seen["headers"]}
    assert [answer.sent(f"X-Forwarded-{name}") for name in ("For", "Proto", "Host")] == [[OUTSIDE4], ["https"], [SHOP]]


def test_nobody_serves(restored):
    document = restored.document()
    document["services"]["web"]["backends"][0]["near"] = f"{INSIDE4}:9"
    document["services"]["api"]["backends"][0]["near"] = f"{INSIDE4}:9"
    restored.apply(document)
    eventually("the backend is down", lambda: restored.gateway.show("services")[0]["state"] == "down")
    eventually("the front says so", lambda: restored.client.ask(SHOP).status == 503)
    assert b"<h1>503" in restored.client.ask(SHOP).body
    refused = restored.client.ask(SHOP, "/api", headers={"Accept": "application/json"})   # nobody asks whether it is up
    assert (refused.status, refused.headers["Content-Type"], refused.seen["status"]) == (503, "application/json", 503)


def test_events_come_at_once(site):
    with contextlib.closing(site.client.tls(SHOP)) as session:
        session.sendall(f"GET /events HTTP/1.1\r\nHost: {SHOP}\r\nAccept: text/event-stream\r\n\r\n".encode())
        said = b""
        while b"data: 3" not in said:
            data = session.recv(4096)
            assert data
            said += data
        assert b"data: 20" not in said


def test_an_upload_is_not_kept_on_the_way(site):
    """It goes through as it comes: HAProxy grows by less than a tenth of it."""
    size, block = 128 << 20, bytes(1 << 20)
    worker = site.worker()

    def memory():
        return int(status_of(worker)["VmRSS"].split()[0])
    before = memory()
    with contextlib.closing(site.client.tls(SHOP)) as session:
        session.settimeout(120)
        session.sendall(f"POST /up HTTP/1.1\r\nHost: {SHOP}\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size // len(block)):
            session.sendall(block)
        during = memory()
        assert f'"bytes": {size}'.encode() in session.recv(65536) + session.recv(65536)
    assert during - before < 10_000, "KiB"


def test_proxy_protocol(restored):
    restored.backends["second"].kill()
    backend = restored.home.second.start("/usr/bin/python3", "-B", PROGRAM, PORT, "second", "proxy")
    document = restored.document()
    document["sites"]["shop"] = {"host": SHOP, "service": "api", "access": "public", "proxy_protocol": True}
    restored.apply(document)
    eventually("the backend learns the client's address",
               lambda: (answer := restored.client.ask(SHOP)).status == 200 and answer.seen["proxied"] == OUTSIDE4)
    backend.kill()
    restored.backends["second"] = restored.backend(restored.home.second)


@pytest.mark.parametrize("host", ["evil.example,{0}", "evil.example@{0}", *("{0}" + more for more in (
    "/api", "/api/raw", ",evil.example", ",{0}", ":@evil.example", ":443@evil.example", "@evil.example", ":?evil", ":#evil", ":\\@evil.example"))])
@pytest.mark.parametrize("json", [False, True])
def test_a_host_that_is_none(site, host, json):
    """With a slash in it, it would lead to the service of a path, past the path."""
    answer = site.client.ask(host.format(SHOP), path="/secret", sni=SHOP, headers={"Accept": "application/json"} if json else {})
    assert answer.status == 400
    assert answer.headers["Content-Type"] == ("application/json" if json else "text/html; charset=utf-8")


@pytest.mark.parametrize("text", [
    "GET / HTTP/1.1\r\nHost: {0}\r\nHost: evil.example\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: {0}\r\nBad Name: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: {0}\r\n folded: x\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: {0}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: {0}\r\nContent-Length: +5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: {0}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: {0}\r\nX: " + "a" * 20000 + "\r\n\r\n",
    "GET / HTTP/1.1\r\nX-\0: y\r\nHost: {0}\r\n\r\n",
    "nonsense\r\n\r\n"])
def test_hostile_requests(site, text):
    said = site.client.raw(SHOP, text.format(SHOP).encode())
    assert said == b"" or 400 <= int(said.split()[1]) < 500, said[:200]
    assert said.count(b"HTTP/1.1") <= 1


def test_nothing_is_smuggled(site):
    """With both lengths one counts, and what follows is no request of its own on the connection to the backend."""
    inner = f"GET /smuggled HTTP/1.1\r\nHost: {SHOP}\r\n\r\n"
    said = site.client.raw(SHOP, (f"POST /outer HTTP/1.1\r\nHost: {SHOP}\r\nContent-Length: {5 + len(inner)}\r\n"
                                  f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}").encode(), within=2)
    assert b"/smuggled" not in said and said.count(b"HTTP/1.1 200") <= 1


def test_who_is_slow_is_left(site):
    began = time.monotonic()
    said = site.client.raw(SHOP, f"GET / HTTP/1.1\r\nHost: {SHOP}\r\n".encode(), within=20)
    assert b"408" in said.split(b"\r\n")[0] and time.monotonic() - began < 15
    assert site.client.ask(SHOP).status == 200


def is_reset(connection):
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == TCP_CLOSE


def test_one_address_does_not_take_all_connections(site):
    """It gets a thousand, and keeps nobody else."""
    opened = []
    for _ in range(1010):
        made = site.home.outside.socket()
        made.bind((OTHER_OUTSIDE4, 0))
        with contextlib.suppress(ConnectionResetError):   # as soon as that
            made.connect((WAN4, 443))
        opened.append(made)
    eventually("what is more is closed", lambda: sum(is_reset(made) for made in opened) == 10)
    assert site.client.ask(SHOP).status == 200
    for made in opened:
        made.close()


def test_a_certificate_is_replaced(restored):
    pid, before = restored.worker(), fingerprint(restored.chain)
    assert restored.client.fingerprint(SHOP) == before
    certificate(restored.files, "site", SHOP, PRIVATE)
    eventually("the new one is served", lambda: restored.client.fingerprint(SHOP) == fingerprint(restored.chain) != before)
    assert restored.worker() == pid, "without a reload"


def test_a_key_of_another_certificate_changes_nothing(restored):
    before, key = restored.client.fingerprint(SHOP), restored.chain_key.read_bytes()
    certificate(restored.files, "other", SHOP)
    restored.chain_key.write_bytes((restored.files / "other.key").read_bytes())
    eventually("it is told", lambda: any("the key is not that of the certificate" in text
                                         for text in restored.gateway.json("status")["degraded"]))
    assert restored.client.fingerprint(SHOP) == before
    restored.chain_key.write_bytes(key)
    eventually("all is well", lambda: not restored.gateway.json("status")["degraded"])


def test_one_more_certificate_and_one_less(restored):
    pid, more = restored.worker(), "more.example.org"
    chain, key = certificate(restored.files, "more", more)
    document = restored.document()
    document["front"]["certificates"].append({"chain": str(chain), "key": str(key)})
    document["sites"]["more"] = {"host": more, "service": "web", "access": "public"}
    restored.apply(document)
    assert restored.client.ask(more).status == 200 and restored.client.fingerprint(more) == fingerprint(chain)
    restored.apply(restored.document())
    with pytest.raises(ssl.SSLError):
        restored.client.tls(more)
    assert restored.worker() == pid, "without a reload"


def test_files_and_processes(site):
    folder = Path(f"/run/{site.gateway.pins.name}/front")
    for file in (folder / "conf").rglob("*.pem"):
        assert file.stat().st_mode & 0o777 == 0o640 and file.stat().st_uid == 0, file
    assert (folder / "conf").stat().st_mode & 0o7 == 0
    assert Path(f"/proc/{site.master()}").stat().st_uid == Path(f"/proc/{site.worker()}").stat().st_uid != 0
    assert os.listdir(folder / "conf").count("candidate.cfg") == 0


def test_front_config(site):
    text = site.gateway.sluice("front", "config").stdout
    assert "frontend https" in text and "bind 203.0.113.1:443" in text and "PRIVATE KEY" not in text


def test_without_a_front(restored):
    document = restored.document()
    del document["front"], document["sites"]
    restored.apply(document)
    eventually("nobody listens", lambda: clients.tcp_outcome(restored.home.outside, WAN4, 443) != "answered")
    assert not Path(f"/run/{restored.gateway.pins.name}/front").exists()
    assert "there is no front" in restored.gateway.sluice("front", "config", expect=2).stderr
    restored.apply(restored.document())
    eventually("it is back", lambda: restored.client.ask(SHOP).status == 200)


def test_backends_in_a_vrf():
    """Both tenants have the very same address; each site gets to its own, although HAProxy is in the main VRF."""
    with Lab("tc") as lab:
        tenants = TenantsLab(lab, ["red", "blue"])
        chain, key = certificate(lab.directory, "site", "red.example.org", "blue.example.org")
        made = tenants.document("tc")
        made["underlays"] = {name: {"zone": name} for name in ("red", "blue")}
        made["services"] = {name: {"listen": WAN4, "ports": 9000 + number, "vrf": vrf_of(name),
                                   "backends": [{"name": "host", name: f"{TENANT4}:{PORT}"}]}
                            for number, name in enumerate(("red", "blue"))}
        made["front"] = {"listen": WAN4, "certificates": [{"chain": str(chain), "key": str(key)}]}
        made["sites"] = {name: {"host": f"{name}.example.org", "service": name, "access": "public"} for name in ("red", "blue")}
        for name, host in tenants.tenants.items():
            host.start("/usr/bin/python3", "-B", PROGRAM, PORT, name)
        tenants.gateway.start_daemon()
        tenants.gateway.apply(made)
        client = FrontClient(tenants.outside, WAN4)
        for name in ("red", "blue"):
            eventually(f"{name} answers", lambda name=name: (answer := client.ask(f"{name}.example.org")).status == 200
                       and answer.seen["name"] == name)


def test_cleanup_leaves_nothing():
    with Lab("tc") as lab:
        site = FrontSite(lab)
        master = site.master()
        site.gateway.sluice("cleanup")
        assert not Path(f"/run/{site.gateway.pins.name}/front").exists()
        eventually("HAProxy has ended", lambda: not Path(f"/proc/{master}/cmdline").exists()
                   or not Path(f"/proc/{master}/cmdline").read_bytes())
