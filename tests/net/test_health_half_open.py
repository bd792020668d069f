# SPDX-License-Identifier: GPL-2.0-or-later
"""A check by TCP is a SYN and what answers it. No connection is made, and nobody but the backend can answer for it."""

import contextlib

import half_open_site
import pytest
from half_open_site import (KINDS, PATIENT, PORT, QUICK, RST, SERVED, SYN, TARGETS, asks, await_reason, await_states, firewalled, is_down,
                            listening, near, rows_of, served)
from lab import HomeLab, Lab, clients, eventually
from lab.home import INSIDE4, LAN4, SECOND4, WAN4, WAN6
from lab.tenants import TENANT4, TENANT6, TenantsLab, vrf_of
from scapy.layers.inet import IP, TCP

hook, document = half_open_site.hook, half_open_site.document


def test_a_backend_hears_a_syn_and_a_reset_and_has_no_connection(home):
    """With connections a queue for one would be full after two checks, and nobody takes them out of it."""
    sniffer = home.inside.sniff("eth0")
    with listening(home.inside, backlog=1):
        await_states(home.gateway, four="up", six="up")
        sniffer.stop()
        sniffer = home.inside.sniff("eth0")
        for address in TARGETS.values():
            eventually("it was asked often", lambda to=address: len(sniffer.matching(lambda packet: asks(packet, to))) > 10)
        flags = {int(packet[TCP].flags) & KINDS for packet in sniffer.packets() if TCP in packet and packet[TCP].dport == SERVED}
        assert flags == {SYN, RST}
        assert home.inside.run("ss", "-Hltn", f"sport = :{SERVED}").stdout.split()[1] == "0", "nobody waits to be accepted"
        eventually("nothing is left half open",
                   lambda: not home.inside.run("ss", "-Htn", "state", "syn-recv", f"sport = :{SERVED}").stdout)
        assert {row["state"] for row in rows_of(home.gateway).values()} == {"up"}
        assert {row["reason"] for row in rows_of(home.gateway).values()} == {"answered"}


def test_each_answer_is_judged_and_what_is_over_stands_in_nobodys_way(restored, hook):
    """Each is asked by one port: what connections and flows remember of the check before must not swallow the next one."""
    gateway, inside = restored.gateway, restored.inside
    gateway.apply(served(hook, timeout="300ms", interval="300ms"))
    for _ in range(2):
        with listening(inside):
            await_states(gateway, four="up", six="up")
            with firewalled(inside, "drop"):
                await_states(gateway, four="down", six="down")
                await_reason(gateway, "no answer in 300ms", "four", "six")
            await_states(gateway, four="up", six="up")
            with firewalled(inside, "reject with icmpx type admin-prohibited"):
                await_states(gateway, four="down", six="down")
                await_reason(gateway, "no route to host", "four")
                await_reason(gateway, "permission denied", "six")
            await_states(gateway, four="up", six="up")
        await_states(gateway, four="down", six="down")
        await_reason(gateway, "connection refused", "four", "six")


def test_one_row_is_left_in_the_table_of_flows(home):
    with listening(home.inside):
        await_states(home.gateway, four="up", six="up")
        sniffer = home.inside.sniff("eth0")
        eventually("it was asked often", lambda: len(sniffer.matching(asks)) > 10)
        rows = [row for row in home.gateway.show("flows") if row["original"]["destination"] in TARGETS.values()
                and row["original"]["destination_port"] == SERVED]
        assert len(rows) <= 2, rows


def test_who_accepts_nobody_any_more_is_down_when_clients_have_filled_its_queue(restored, hook):
    """As one that is stopped (SIGSTOP)."""
    gateway = restored.gateway
    gateway.apply(served(hook, **PATIENT))
    with listening(restored.inside, backlog=1) as listener, contextlib.ExitStack() as held:
        await_states(gateway, four="up")
        for _ in range(2):
            held.enter_context(clients.connect_tcp(restored.outside, WAN4, PORT, clients.unused_source()))
        await_states(gateway, four="down")
        await_reason(gateway, "no answer in 500ms", "four")
        for _ in range(2):
            listener.accept()[0].close()
        await_states(gateway, four="up")


def test_the_gateway_asks_from_its_new_address(restored, hook):
    """One failure would be told."""
    gateway = restored.gateway
    made = served(hook, targets={"four": INSIDE4}, **{**PATIENT, "fall": 1})
    with listening(restored.inside):
        gateway.apply(made)
        await_states(gateway, four="up")
        told, sniffer = is_down(gateway, "four"), restored.inside.sniff("eth0")
        made["interfaces"]["lan"]["addresses"] = ["192.168.10.254/24", "2001:db8:10::1/64"]
        gateway.apply(made)
        eventually("it is asked from there",
                   lambda: sniffer.matching(lambda packet: asks(packet) and packet[IP].src == "192.168.10.254"))
        assert is_down(gateway, "four") == told
        gateway.apply(served(hook))
        eventually("and from here again", lambda: sniffer.matching(asks)[-1][IP].src == LAN4)


def test_neighbours_that_are_not_there_keep_nobody_from_being_asked(restored, hook):
    """What is sent to them waits in the kernel, at the cost of who has sent it."""
    gateway, many = restored.gateway, 500
    gateway.ip("route add 192.168.12.0/22 dev lan")
    restored.lab.defer(gateway.ip, "route del 192.168.12.0/22 dev lan")
    gone = {f"gone{number}": f"192.168.{12 + number // 250}.{number % 250 + 1}" for number in range(many)}
    with listening(restored.inside):
        gateway.apply(served(hook, targets={"four": INSIDE4}, **PATIENT))
        await_states(gateway, four="up")
        told = is_down(gateway, "four")
        gateway.apply(served(hook, targets={"four": INSIDE4, **gone}, **PATIENT))
        eventually("they are down", lambda: sum(row["state"] == "down" for row in gateway.show("services")) == many, within=30)
        sniffer = restored.inside.sniff("eth0")
        eventually("it is asked on", lambda: len(sniffer.matching(asks)) > 6)
        assert rows_of(gateway)["four"]["state"] == "up"
        assert is_down(gateway, "four") == told


def test_without_the_right_to_raw_sockets_it_is_connected_to_and_that_is_said_once(own_lab, hook):
    home = HomeLab(own_lab)
    gateway = home.gateway
    gateway.launcher = ("setpriv", "--bounding-set=-net_raw")
    gateway.start_daemon()
    with listening(home.inside):
        gateway.apply(served(hook))
        await_states(gateway, four="up", six="up")
        assert rows_of(gateway)["four"]["reason"] == "connected"
    await_states(gateway, four="down", six="down")
    gateway.apply(served(hook, targets={"four": INSIDE4, "second": SECOND4}))
    await_states(gateway, four="down", second="down")
    remark = "backends are asked by whole connections of TCP, not by a SYN alone: a raw socket: operation not permitted"
    assert gateway.daemon.output().count(remark) == 1


@pytest.fixture(scope="module")
def tenants(hook):
    with Lab(hook) as lab:
        made = TenantsLab(lab, ["red", "blue"])
        made.gateway.start_daemon()
        yield made


def test_backends_of_vrfs_are_asked_in_theirs(tenants, hook):
    """Both tenants have the very same addresses, and only red's serves. Resets of the kernel find their way into the VRF as well."""
    gateway, red, blue = tenants.gateway, tenants.tenants["red"], tenants.tenants["blue"]
    made = tenants.document(hook)
    made["underlays"] = {"red": {"zone": "red"}, "blue": {"zone": "blue"}}
    made["services"] = {
        f"{name}{family}": {"listen": listen, "ports": 9000 + number, "vrf": vrf_of(name), "backends": [{"name": "host", name: near(address)}],
                            "health": {"type": "tcp", **QUICK}}
        for number, name in enumerate(["red", "blue"])
        for family, listen, address in ((4, WAN4, TENANT4), (6, WAN6, TENANT6))}
    with listening(red, backlog=1):
        gateway.apply(made)
        wanted = {"red4": "up", "red6": "up", "blue4": "down", "blue6": "down"}
        eventually("red is up and blue is down", lambda: {row["service"]: row["state"] for row in gateway.show("services")} == wanted)
        lost, sniffers = gateway.drops(), [red.sniff("eth0"), blue.sniff("eth0")]
        for sniffer in sniffers:
            for address in (TENANT4, TENANT6):
                eventually("it is asked on", lambda by=sniffer, to=address: len(by.matching(lambda packet: asks(packet, to))) > 6)
        resets = sniffers[0].matching(lambda packet: TCP in packet and packet[TCP].dport == SERVED and packet[TCP].flags & KINDS == RST)
        assert len(resets) > 6
        eventually("nothing is left half open", lambda: not red.run("ss", "-Htn", "state", "syn-recv", f"sport = :{SERVED}").stdout)
        assert {row["service"]: row["state"] for row in gateway.show("services")} == wanted
        assert gateway.drops() == lost
