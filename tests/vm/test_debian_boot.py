# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway as it boots, loses its power in the middle of an apply, and boots again with another kernel, under packets that never
stop. Its kernel is told to forward, and systemd-networkd gives the addresses: what keeps refused packets out from the first one on
is the order of the units. The tests are one story, in their order.
"""

import json

import pytest
from installed_gateway import InstalledGateway, Wires, make_disk
from lab import Lab, eventually
from never_ending import NOTHING, NeverEnding
from vm import find_kernel

SECOND_DOCUMENT = "/run/second.json"


def document(engine, port):
    """`port` of the gateway leads to the server inside; everybody inside may go out."""
    return json.dumps({
        "version": 1, "engine": engine,
        "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
        "policies": [{"name": "lan-out", "from": "lan", "to": "internet", "action": "accept"}],
        "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet", "family": "ipv4"}],
                "forwards": [{"name": "web", "listen": "wan", "protocol": "udp", "ports": port, "to": "192.168.10.2:8080"}]},
    })


FIRST, SECOND = document("nftables", 81), document("ebpf", 82)


class House:
    """Hosts that talk all the time, the disk, and the gateway of the moment."""

    def __init__(self, lab, kernel, folder):
        self.wires, self.disk, self.gateway = Wires(lab), folder / "disk", None
        make_disk(self.disk, InstalledGateway(kernel, self.wires, self.disk, FIRST).package_root)

    def boot(self, kernel):
        self.gateway = InstalledGateway(kernel, self.wires, self.disk, FIRST)
        self.gateway.boot()
        self.gateway.await_running()

    def power_cut(self):
        self.gateway.power_cut()
        self.gateway = None

    def which(self):
        """The document that the machine equals."""
        self.gateway.write(SECOND_DOCUMENT, SECOND)
        plans = {name: self.gateway.run("sluice", "plan", "--exit-code", path, expect=None)
                 for name, path in (("first", "/etc/sluice/gateway.json"), ("second", SECOND_DOCUMENT))}
        same = [name for name, plan in plans.items() if plan["status"] == 0]
        assert len(same) == 1, f"the plans are {plans}"
        return same[0]


@pytest.fixture(scope="module")
def house(kernel, tmp_path_factory):
    with Lab("tc") as lab:
        made = House(lab, kernel, tmp_path_factory.mktemp("disk"))
        with NeverEnding(made.wires.inside, made.wires.outside) as made.traffic:
            yield made
        if made.gateway:
            made.power_cut()


def carries(house, *kinds):
    before = house.traffic.counts()
    for kind in kinds:
        eventually(f"{kind} packets arrive", lambda kind=kind: house.traffic.counts()[kind] > before[kind], within=30)


def test_the_first_packet_is_judged(house, kernel):
    house.boot(kernel)
    carries(house, "forwarded", "masqueraded")
    assert house.traffic.leaks() == NOTHING


def test_rules_are_in_force_before_there_are_addresses(house):
    """By the clock of systemd: networkd starts when sluiced has said that it is ready."""
    ready, networkd = (int(house.gateway.words("systemctl", "show", "-P", name, unit)) for name, unit in (
        ("ActiveEnterTimestampMonotonic", "sluiced"), ("InactiveExitTimestampMonotonic", "systemd-networkd")))
    assert 0 < ready < networkd


def test_a_reboot_under_load(house, kernel):
    house.gateway.background("/run/reboot.log", "systemctl", "reboot")
    house.gateway.process.wait(timeout=300)
    house.power_cut()
    house.boot(kernel)
    assert (house.which(), house.gateway.json("status")["revision"]) == ("first", 1)
    carries(house, "forwarded", "masqueraded")
    assert house.traffic.leaks() == NOTHING


def test_a_power_cut_in_the_middle_of_an_apply_leaves_the_old_or_the_new(house, kernel):
    house.gateway.background("/run/apply.log", "sluice", "apply", SECOND_DOCUMENT)
    eventually("its tables are made", lambda: house.gateway.run("test", "-e", "/sys/fs/bpf/sluice/config", expect=None)["status"] == 0,
               within=60)
    house.power_cut()
    house.boot(kernel)
    assert house.which() in ("first", "second")
    carries(house, "masqueraded")
    assert house.traffic.leaks() == NOTHING


def test_what_was_answered_outlives_a_power_cut_and_another_kernel_takes_it_up(house, kernel):
    revision = json.loads(house.gateway.sluice("apply", "-o", "json", SECOND_DOCUMENT))["revision"]
    house.power_cut()
    newer = find_kernel("6.12", kernel.root.parent)
    house.boot(newer)
    assert house.gateway.words("uname", "-r") == newer.release
    status = house.gateway.json("status")
    assert (house.which(), status["revision"], status["engine"]) == ("second", revision, "ebpf")
    carries(house, "masqueraded")
    assert house.traffic.leaks() == NOTHING


def test_a_card_that_appears_late_and_is_renamed(house):
    card = house.gateway.words("readlink", "-f", "/sys/class/net/lan/device").rsplit("/", 1)[0]
    house.gateway.run("tee", f"{card}/remove", stdin="1")
    eventually("it is missed", lambda: "lan" in " ".join(house.gateway.json("status")["degraded"]), within=30)
    house.gateway.run("tee", "/sys/bus/pci/rescan", stdin="1")
    house.gateway.await_running()
    carries(house, "masqueraded")
    assert house.traffic.leaks() == NOTHING


def test_without_sluice_all_of_it_comes_through(house):
    """So what was sent until now could have."""
    house.gateway.sluice("cleanup")
    eventually("refused packets arrive", lambda: house.traffic.leaks()["refused"], within=30)
    eventually("inside addresses are seen", lambda: house.traffic.leaks()["unmasked"], within=30)
    eventually("the gateway answers", lambda: house.traffic.leaks()["answers"], within=30)
