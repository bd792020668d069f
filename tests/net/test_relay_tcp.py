# SPDX-License-Identifier: GPL-2.0-or-later
"""A box in a network that lets no UDP out reaches its relay over TLS, and goes back when UDP gets through; strangers who come to
that port hinder nobody.
"""

import json
import socket

import pytest
from lab import clients, eventually
from lab.download import Download
from lab.helper_process import is_nobody, process_of
from lab.pings import Pings
from relay_site import HUB4, INSIDE4, RELAY4, TLS, Firewall, RelaySite, goes_over_tls, relay_document, way_of


WAY = ("ebpf", "tc")   # that others let it in as well is seen by net_relay


@pytest.fixture(scope="module")
def hook():
    return WAY[1]


@pytest.fixture(scope="module")
def site(lab):
    return RelaySite(lab, WAY).start(tcp=TLS).is_reached()


@pytest.fixture(scope="module")
def phone(site):
    return site.phone().up()


@pytest.fixture(scope="module")
def firewall(site):
    return Firewall(site)


@pytest.fixture(scope="module")
def blocked(firewall):
    """It lets no UDP through, in no direction."""
    firewall.close()
    return firewall


def test_sessions_live_on_over_tls_and_by_udp_again(site, phone, firewall):
    assert site.relay.config("alice")["tcp"] == TLS
    clients.ping(phone.host, INSIDE4, count=2)
    download, pings = Download(phone.host, INSIDE4, 9000), Pings(phone.host, INSIDE4, interval=0.05)
    assert download.goes_on()
    firewall.close()
    assert goes_over_tls(site)
    assert download.goes_on() and pings.runs(), "what was begun by UDP goes on"
    assert site.relay.row("alice")["way"] == "tcp"
    status = site.box.json("reachability", "status")
    assert (status["path"], [peer["path"] for peer in status["wireguard"]["peers"]]) == ("relay-tcp", ["relay-tcp"])
    firewall.open()
    eventually("it is called by UDP again", lambda: way_of(site) == ("udp", "up"), within=40)
    assert download.goes_on() and pings.runs()
    download.stop()
    eventually("the relay hears it by UDP", lambda: site.relay.row("alice")["way"] == "udp")
    assert site.box.json("reachability", "status")["path"] == "relay"
    assert "called by UDP again" in site.box.daemon.output()


def test_daemons_that_are_killed_find_the_way_again(site, phone, blocked):
    assert goes_over_tls(site)
    for gateway in (site.box, site.relay.gateway):
        gateway.daemon.kill()
        gateway.start_daemon()
        eventually("it goes over TLS again", lambda: way_of(site) == ("tcp", "up") and clients.ping(phone.host, INSIDE4, expect=None).returncode == 0, within=30)


def test_a_box_that_starts_where_udp_is_blocked(site, phone, blocked):
    document = site.box.sluice("export").stdout
    site.box.apply(without_relays(document))
    site.box.apply(json.loads(document))
    assert goes_over_tls(site)
    site.box.sluice("plan", "--exit-code", site.box.write(json.loads(document)))
    clients.ping(phone.host, INSIDE4, count=2)


def without_relays(document):
    kept = json.loads(document)
    del kept["reachability"]
    return kept


def test_strangers_hinder_nobody(site, phone, blocked):
    """Hundreds who say nothing, and some who say nonsense: the box is carried, and comes back when it is cut off."""
    assert goes_over_tls(site)
    eve = site.stranger("eve", 40)
    talker = eve.socket()
    talker.connect((RELAY4, TLS))
    talker.send(b"GET / HTTP/1.1\r\n\r\n")
    assert talker.recv(100)[:1] in (b"\x15", b""), "an alert of TLS, or nothing"
    silent = []
    for _ in range(600):
        one = eve.socket()
        one.connect((RELAY4, TLS))
        silent.append(one)
    clients.ping(phone.host, INSIDE4, count=2)
    blocked.cut()
    eventually("the box is cut off", lambda: way_of(site)[1] == "down", within=30)
    blocked.mend()
    eventually("the box is back", lambda: way_of(site) == ("tcp", "up"), within=40)
    assert any(is_closed(one) for one in silent), "who says nothing gives way"


def is_closed(one):
    one.setblocking(False)
    try:
        return one.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_udp_is_answered_with_no_more_than_was_sent(site):
    eve = site.stranger("mallory", 60)
    asking = eve.socket(socket.AF_INET, socket.SOCK_DGRAM, timeout=0.5)
    asking.connect((RELAY4, TLS))
    cookie = b"\x21\x12\xa4\x42"
    asking.send(b"\0\1\0\0" + cookie + b"a dozen byte")
    with pytest.raises(TimeoutError):
        asking.recv(100)
    filled = b"\0\1\0\x18" + cookie + b"a dozen byte" + b"\x80\x22\0\x14" + b" " * 20
    asking.send(filled)
    answer = asking.recv(100)
    assert answer[:2] == b"\1\1" and len(answer) <= len(filled)
    asking.send(answer)
    with pytest.raises(TimeoutError):
        asking.recv(100)


def test_the_process_is_nobody(site):
    assert is_nobody(process_of(site.relay.gateway, "relay-tcp"))


def test_ports_of_others_are_refused(site):
    relay = site.relay.gateway
    clients_of = json.loads(relay.sluice("export").stdout)["relay"]["clients"]
    taken = relay_document(WAY, clients_of, tcp=42000)
    assert "port 42000 is that of the relay's own UDP" in relay.apply(taken, expect=3).stderr
    taken = relay_document(WAY, clients_of, tcp=TLS) | {
        "nat": {"forwards": [{"name": "web", "listen": "wan", "protocol": "tcp", "ports": TLS, "to": "192.168.1.2"}]}}
    assert 'port 443 is that of forward "web"' in relay.apply(taken, expect=3).stderr
    assert relay.run("ss", "-Hltn", f"sport = :{TLS}").stdout, "what was in force goes on"
    relay.apply(relay_document(WAY, clients_of))
    eventually("nobody listens", lambda: not relay.run("ss", "-Hltn", f"sport = :{TLS}").stdout)
    other = relay.socket()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    other.bind(("0.0.0.0", TLS))
    other.listen(1)
    relay.apply(relay_document(WAY, clients_of, tcp=TLS))
    eventually("it is told", lambda: any("listen on TCP 0.0.0.0:443" in text for text in relay.json("status")["degraded"]))
    other.close()
    eventually("nothing is told any more", lambda: not relay.json("status")["degraded"])
    assert clients.tcp_outcome(site.stranger("zoe", 70), HUB4, TLS) != "answered"
