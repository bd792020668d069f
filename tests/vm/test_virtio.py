# SPDX-License-Identifier: GPL-2.0-or-later
"""Native XDP on virtual network cards: sluice in a VM redirects between virtio-net cards. The hosts at them send as real
neighbours do: they leave checksums and the cutting of large segments to the card.
"""

import documents
import pytest
from lab import Lab, clients, servers
from lab.download import Download
from lab.home import INSIDE6, OUTSIDE4, OUTSIDE6, WAN4
from lab.pings import Pings
from pinned_config import make_of_another_build
from virtual_gateway import DMZ4, DMZ_GATEWAY4, VirtualGateway


def serve(gateway):
    for host, port in ((gateway.outside, 7000), (gateway.inside, 8080), (gateway.inside, 30001), (gateway.dmz, 8080)):
        servers.tcp_peer_server(host, port)
        servers.udp_peer_server(host, port)
    servers.endless_server(gateway.outside, 9000)


def document():
    made = documents.home("auto")
    made["interfaces"]["dmz"] = documents.interface("lan", "auto", f"{DMZ_GATEWAY4}/24")
    made["nat"]["forwards"].append(documents.forward("dmz-web", WAN4, 81, f"{DMZ4}:8080"))
    return made


@pytest.fixture(scope="module")
def gateway(kernel):
    with Lab("tc") as lab, VirtualGateway(lab, kernel) as made:
        serve(made)
        made.start_daemon()
        made.apply(document())
        yield made


@pytest.fixture(scope="module")
def settings(gateway):
    """What doctor says of the cards' settings: by device and setting the finding and its remedy."""
    rows = gateway.json("doctor")["interfaces"]
    return {row["name"]: {one["setting"]: one for one in row["settings"]} for row in rows}


def test_their_driver_takes_native_xdp_where_it_can(gateway):
    assert gateway.hooks() == {"lan": "xdp", "wan": "xdp", "dmz": "tc"}


def test_translated_both_ways(gateway):
    assert clients.tcp_peer(gateway.inside, OUTSIDE4, 7000).address == WAN4
    assert clients.udp_peer(gateway.inside, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(gateway.outside, WAN4, 80).address == OUTSIDE4
    assert clients.udp_peer(gateway.outside, WAN4, 30001).address == OUTSIDE4


def test_ipv6_keeps_its_address(gateway):
    assert clients.tcp_peer(gateway.inside, OUTSIDE6, 7000).address == INSIDE6


def test_bulk_data_arrives_whole(gateway):
    """Large segments of the sender are cut for a card that has XDP: every byte is right, and XDP carries nearly all."""
    before = gateway.interfaces()["wan"]
    download = Download(gateway.inside, OUTSIDE4, 9000)
    assert download.goes_on(5_000_000)
    download.stop()   # it would fill the queues of the cards for the tests that come
    after = gateway.interfaces()["wan"]
    carried = after["forwarded_packets"] - before["forwarded_packets"]
    handed_on = after["handed_on_packets"] - before["handed_on_packets"]
    assert carried > 3000 and handed_on < carried / 100


def test_doctor_asks_for_queues(gateway, settings):
    """One pair for two CPUs: the driver shares it under a lock, and says so in the kernel's log only."""
    found = settings["lan"]["queues"]
    assert "1 queue pair for 2 CPUs" in found["finding"] and "4 queues in the hypervisor" in found["remedy"]
    assert "slower locked tx mode" in gateway.run("dmesg").stdout


def test_with_queues_enough_doctor_is_silent(settings):
    assert not settings["wan"]


def test_a_hypervisor_that_keeps_its_offloads_is_told_by_doctor(gateway, settings):
    """Then the driver refuses XDP. Nothing in the machine can change that, and tc carries."""
    found = settings["dmz"]["offloads"]
    assert "refuses XDP" in found["finding"] and "offer ctrl_guest_offloads" in found["remedy"]
    assert clients.tcp_peer(gateway.dmz, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(gateway.outside, WAN4, 81).address == OUTSIDE4


def test_an_upgrade_loses_nothing(gateway):
    running = [Pings(gateway.inside, OUTSIDE4, 0.02), Pings(gateway.inside, OUTSIDE6, 0.02)]
    assert all(stream.runs(10) for stream in running)
    gateway.stop_daemon()
    make_of_another_build(gateway)
    gateway.start_daemon()
    assert all(stream.runs(10) for stream in running)
    assert [stream.lost() for stream in running] == [0, 0] and gateway.hooks()["wan"] == "xdp"
