# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts ask the gateway for ports, by PCP and NAT-PMP, and are reached by them."""

import os
import re
import signal
import stat

import documents
import mapping_site
import pytest
from lab import clients, eventually, servers
from lab.documents import forward, policy
from lab.helper_process import process_of, status_of
from lab.home import INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, SECOND4, WAN4
from lab.mapping_client import CANNOT_PROVIDE, NOT_AUTHORIZED, PREFER_FAILURE, QUOTA, SUCCESS, TCP, MappingClient, NewsEar, map_request, new_nonce
from lab.tenants import TENANT4, TENANT_GATEWAY4, TenantsLab
from mapping_site import PER_HOST, asked, client_of, hears, is_closed, leases

hook, document = mapping_site.hook, mapping_site.document
served, own = mapping_site.served, mapping_site.own


def natpmpc(host, *words, expect=0):
    return host.run("natpmpc", "-g", "192.168.10.1", *words, expect=expect).stdout


def port_of(said):
    return int(re.search(r"Mapped public port (\d+)", said)[1])


def test_a_stock_client_is_told_the_outside_address_and_gets_a_port(served, own):
    assert f"Public IP address : {WAN4}" in natpmpc(served.inside)
    assert port_of(natpmpc(served.inside, "-a", 6000, 8080, "tcp", 600)) == 6000
    assert clients.tcp_peer(served.outside, WAN4, 6000).address == OUTSIDE4
    assert clients.udp_outcome(served.outside, WAN4, 6000, timeout=0.2) == "silence", "a mapping opens its port alone"
    assert port_of(natpmpc(served.inside, "-a", 6000, 9000, "udp", 600)) == 6000
    assert clients.udp_peer(served.outside, WAN4, 6000).address == OUTSIDE4
    natpmpc(served.inside, "-a", 0, 8080, "tcp", 0)
    assert is_closed(served, 6000)
    assert [(row["protocol"], row["port"]) for row in leases(served)] == [("udp", 9000)]


def test_a_port_is_reached_from_outside_and_from_inside(served, own):
    tcp, udp = own.ask(8080, protocol=TCP, wanted=6001), own.ask(9000, wanted=6002)
    assert (tcp.code, tcp.port, tcp.address, udp.code, udp.port) == (SUCCESS, 6001, WAN4, SUCCESS, 6002)
    assert clients.tcp_peer(served.far, WAN4, 6001).port
    assert clients.udp_peer(served.outside, WAN4, 6002).address == OUTSIDE4
    assert clients.tcp_peer(served.second, WAN4, 6001).address == WAN4
    assert clients.udp_peer(served.inside, WAN4, 6002).address == WAN4
    [row] = [row for row in leases(served) if row["port"] == 8080]
    assert (row["zone"], row["host"], row["outside"], row["outside_port"], row["by"]) == ("lan", INSIDE4, "wan", 6001, "pcp")
    counted = {row["name"]: row["packets"] for row in served.gateway.show("forwards")}
    assert counted["mapping:lan:192.168.10.2:tcp:8080"] > 0
    assert served.gateway.json("status")["counts"]["leases"] == 2


def test_asked_again_it_is_the_same_and_lives_longer(served, own):
    first = own.ask(9000, wanted=6100, life=100)
    [before] = leases(served)
    again = own.ask(9000, wanted=6101, life=1000)
    [row] = leases(served)
    assert (first.port, again.port, again.life) == (6100, 6100, 1000)
    assert row["expires"] > before["expires"]


def test_nobody_else_has_it(served, own):
    assert own.ask(9000, wanted=6200).port == 6200
    assert own.ask(9000, nonce=new_nonce()).code == NOT_AUTHORIZED
    assert own.end(9000, nonce=new_nonce()).code == NOT_AUTHORIZED
    assert "Mapped public port" not in natpmpc(served.inside, "-a", 6200, 9000, "udp", 60, expect=None)
    other = client_of(served, served.second, SECOND4)
    answer = other.ask(9000, wanted=6200)
    assert answer.code == SUCCESS and answer.port != 6200
    assert other.end(9000).code == SUCCESS
    assert clients.udp_peer(served.outside, WAN4, 6200).address == OUTSIDE4


def test_an_end_closes_the_port_and_its_connections(served, own):
    assert own.ask(8080, protocol=TCP, wanted=6300).port == 6300
    connection = clients.EchoedConnection(served.outside, WAN4, 6300)
    assert connection.says("before")
    assert own.end(8080, protocol=TCP).code == SUCCESS
    assert is_closed(served, 6300)
    with pytest.raises(OSError):
        connection.says("after", timeout=0.5)
    assert own.end(8080, protocol=TCP).code == SUCCESS, "what is not there has ended"


def test_time_ends_it_too(served, own):
    assert own.ask(8080, protocol=TCP, wanted=6400, life=2).port == 6400
    assert not is_closed(served, 6400)
    eventually("its time is over", lambda: not leases(served))
    assert is_closed(served, 6400)


def test_a_host_has_so_many_and_no_more(served, own):
    answers = [own.ask(7000 + number).code for number in range(PER_HOST + 1)]
    assert answers == [SUCCESS] * PER_HOST + [QUOTA]
    assert client_of(served, served.second, SECOND4).ask(7000).code == SUCCESS, "another host has its own"
    assert own.ask(7000).code == SUCCESS, "as has who asks again"


def test_what_somebody_has_is_not_given(served, own):
    assert own.ask(9000, wanted=30000).port == 30011, "after a forward of the document"
    assert own.ask(9001, wanted=30000, options=PREFER_FAILURE).code == CANNOT_PROVIDE
    assert own.ask(9001, wanted=80, options=PREFER_FAILURE).code == CANNOT_PROVIDE, "no port of those that there are"
    local = served.gateway.socket()
    local.bind(("0.0.0.0", 6500))
    local.listen()
    assert own.ask(9001, wanted=6500, protocol=TCP).port == 6501
    local.close()


def test_nor_what_a_policy_opens_of_the_gateway(served, own, document):
    """A service that is started again listens nowhere for a moment: whoever had its port then would be called in its place."""
    assert own.ask(8080, protocol=TCP, wanted=2200).port == 2200
    admin = policy("admin", "internet", "host", protocol="tcp", ports=2200)
    served.gateway.apply({**document, "policies": [admin, *document["policies"]]})
    assert not leases(served), "the document goes first"
    assert own.ask(8080, protocol=TCP, wanted=2200, options=PREFER_FAILURE).code == CANNOT_PROVIDE
    assert own.ask(8080, protocol=TCP, wanted=2200).port == 2201
    served.gateway.apply(document)


def test_nor_what_a_masquerade_has(served, own):
    clients.udp_outcome(served.second, OUTSIDE4, 9, source=("", 6600), timeout=0.1)
    [mapping] = [row for row in served.gateway.show("mappings") if row["inside"] == SECOND4 and row["inside_port"] == 6600]
    taken = mapping["outside_port"]
    assert own.ask(9000, wanted=taken).port == taken + 1


def test_a_masquerade_takes_no_port_of_a_host(served, own, document):
    assert own.ask(9000, wanted=6700).port == 6700
    assert clients.udp_outcome(served.second, OUTSIDE4, 9, source=("", 6700), timeout=0.1)
    ports = {row["outside_port"] for row in served.gateway.show("mappings") if (row["inside"], row["inside_port"]) == (SECOND4, 6700)}
    # The kernel's connection tracking lets flows to different peers share a port.
    assert ports and (6700 not in ports or document["engine"] == "nftables")
    assert clients.udp_peer(served.outside, WAN4, 6700).address == OUTSIDE4


def test_many_at_once_are_answered(served, own):
    others = [client_of(served, served.second, SECOND4) for _ in range(PER_HOST)]
    for number, other in enumerate(others):
        other.socket.send(map_request(SECOND4, 7100 + number))
    assert {other.socket.recv(100)[3] for other in others} == {SUCCESS}
    assert len(leases(served)) == PER_HOST


def test_it_outlives_the_daemon(served, own):
    gateway = served.gateway
    assert own.ask(8080, protocol=TCP, wanted=6800, life=600).port == 6800
    connection = clients.EchoedConnection(served.outside, WAN4, 6800)
    epoch = own.epoch()
    for end in (gateway.daemon.kill, gateway.stop_daemon):
        end()
        assert connection.says("nobody is there")
        gateway.start_daemon()
        eventually("requests are heard", lambda: hears(served))
        assert connection.says("somebody is there")
        assert own.epoch() >= epoch
        assert own.ask(8080, protocol=TCP, life=600).port == 6800
    kept = gateway.state / "mappings.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    child = process_of(gateway, "mapper")
    os.kill(child, signal.SIGKILL)
    eventually("another one hears", lambda: process_of(gateway, "mapper") not in (None, child) and hears(served))
    assert own.ask(8080, protocol=TCP, life=600).port == 6800


def test_who_hears_has_no_right(served):
    status = status_of(process_of(served.gateway, "mapper"))
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert "0" not in status["Uid"].split()


def test_a_document_may_take_it_away(served, own, document):
    gateway, ear = served.gateway, NewsEar(served.inside)
    assert own.ask(8080, protocol=TCP, wanted=6900).port == 6900
    clash = {**document, "nat": {**document["nat"], "forwards": [forward("own", WAN4, 6900, "192.168.10.3:80"), *document["nat"]["forwards"]]}}
    gateway.apply(clash)
    assert not leases(served), "the document's forward goes first"
    eventually("hosts are told to ask anew", lambda: {message[0] for message in ear.heard()} == {0, 2})
    gateway.apply(document)
    assert own.ask(8080, protocol=TCP, wanted=6900).port == 6900
    gateway.apply(documents.carried_by(document["engine"]))
    assert not leases(served) and is_closed(served, 6900)
    eventually("nobody hears", lambda: process_of(gateway, "mapper") is None)
    assert own.silent(b"\0\0")
    gateway.apply(document)
    eventually("requests are heard", lambda: hears(served))
    assert is_closed(served, 6900)


def test_nothing_leads_to_what_the_gateway_has_now(served, own, document):
    """In a smaller network the broadcast address is another one, and the gateway's own programs hear it."""
    assert own.ask(9000, wanted=6920).port == 6920
    assert client_of(served, served.second, SECOND4).ask(9000, wanted=6921).port == 6921
    lan = {**document["interfaces"]["lan"], "addresses": ["192.168.10.1/30"]}
    served.gateway.apply({**document, "interfaces": {**document["interfaces"], "lan": lan}})
    assert [row["host"] for row in leases(served)] == [INSIDE4]
    served.gateway.apply(document)


def test_another_outside_address_is_told(served, own, document):
    ear = NewsEar(served.inside)
    assert own.ask(8080, protocol=TCP, wanted=6950).port == 6950
    other = {**document, "interfaces": {**document["interfaces"]}}
    other["interfaces"]["wan"] = {**other["interfaces"]["wan"], "addresses": ["203.0.113.77/24"]}
    other["nat"] = {"masquerade": document["nat"]["masquerade"]}
    served.gateway.apply(other)
    served.route_gateway()
    eventually("hosts are told", lambda: any(message.endswith(bytes([203, 0, 113, 77])) for message in ear.heard()))
    assert own.ask(8080, protocol=TCP).address == "203.0.113.77"
    assert clients.tcp_peer(served.outside, "203.0.113.77", 6950, source=(OTHER_OUTSIDE4, 0)).address == OTHER_OUTSIDE4
    served.gateway.apply(asked(document["engine"]))
    served.route_gateway()


def test_tenants_with_the_same_addresses_have_ports_of_their_own(own_lab, engine):
    lab = TenantsLab(own_lab, ["red", "blue"])
    document = {**lab.document(), "engine": engine}
    if engine == "nftables":
        for row in document["interfaces"].values():
            del row["hook"]
    document["mapping_requests"] = {"from": ["red", "blue"]}
    lab.gateway.start_daemon()
    lab.gateway.apply(document)
    for name, port in (("red", 7200), ("blue", 7201)):
        tenant = lab.tenants[name]
        servers.udp_peer_server(tenant, 9000)
        client = MappingClient(tenant, TENANT4, TENANT_GATEWAY4)
        eventually("it is heard", lambda asking=client: not asking.silent(b"\0\0"))
        answer = client.ask(9000, wanted=7200)
        assert (answer.code, answer.port) == (SUCCESS, port)
        assert clients.udp_peer(lab.outside, answer.address, port).address == "203.0.113.9"
    assert {(row["zone"], row["outside_port"]) for row in lab.gateway.show("leases")} == {("red", 7200), ("blue", 7201)}
