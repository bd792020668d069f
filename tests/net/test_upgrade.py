# SPDX-License-Identifier: GPL-2.0-or-later
"""A new release of the programs takes the place of the old one on every device, and no packet is lost meanwhile."""

import json
import re

import pytest
from lab import kernel, snapshot, tcx
from lab.home import OUTSIDE4, OUTSIDE6
from lab.pings import Pings
from pinned_config import make_of_another_build


def programs(gateway, hook):
    """The numbers of the programs at `wan`, as the kernel knows them."""
    if hook == "xdp":
        link = json.loads(gateway.ip("-json -details link show dev wan").stdout)[0]
        return {link["xdp"]["prog"]["id"]}
    return snapshot.programs(gateway)["wan"]


def upgrade(gateway):
    """What a package does: the daemon stops, another one starts that brings other programs."""
    gateway.stop_daemon()
    make_of_another_build(gateway)
    gateway.start_daemon()


def times_without_program(log):
    """What `ip monitor` told of `wan` while it had no program at XDP."""
    return [line for line in log.splitlines() if re.match(r"\d+: wan[@:]", line) and "xdp" not in line]


def test_no_packet_is_lost_while_the_programs_are_exchanged(home, hook):
    """Neither of those that cross the gateway nor of its own."""
    running = [Pings(home.inside, OUTSIDE4), Pings(home.inside, OUTSIDE6), Pings(home.gateway, OUTSIDE4),
               Pings(home.gateway, OUTSIDE6)]
    monitor = home.gateway.start("ip", "monitor", "link")
    assert all(stream.runs() for stream in running)
    for _ in range(3):
        before = programs(home.gateway, hook)
        upgrade(home.gateway)
        assert not before & programs(home.gateway, hook), "the old programs are still there"
        assert all(stream.runs() for stream in running)
    assert [stream.lost() for stream in running] == [0, 0, 0, 0]
    if hook == "xdp":
        assert monitor.output() and times_without_program(monitor.output()) == []


def test_a_program_that_only_an_older_build_had_does_not_stay(home, hook):
    older = home.gateway.pins / "programs" / "walk"
    number = min(programs(home.gateway, "tc"))
    home.gateway.run("bpftool", "prog", "pin", "id", number, older)
    upgrade(home.gateway)
    printers = ["flows4", "flows6"] if kernel.has("map-text") else []
    assert home.gateway.run("ls", older.parent).stdout.split() == sorted(["clock", "egress", "gc", "ingress", *printers])


def attach_filter(gateway, device, side):
    gateway.run("tc", "filter", "add", "dev", device, side, "pref", 1, "handle", "0x51", "bpf", "direct-action",
                "object-pinned", gateway.pins / "programs" / side)


def attach_filters(gateway):
    """As a sluice did that knew nothing of tcx. Of two programs at egress the second would drop what the first let go."""
    for device in ("wan", "lan"):
        gateway.run("tc", "qdisc", "add", "dev", device, "clsact")
        attach_filter(gateway, device, "ingress")
        for side in tcx.SIDES:
            tcx.detach(gateway, device, side, gateway.pins / "programs" / side)
        attach_filter(gateway, device, "egress")


@pytest.mark.skipif(not tcx.is_here(), reason="Linux before 6.6 has no tcx: filters stay")
def test_filters_of_an_older_build_make_way(home, hook):
    gateway = home.gateway
    gateway.stop_daemon()
    attach_filters(gateway)
    gateway.run("tc", "filter", "add", "dev", "lan", "ingress", "pref", 902, "bpf", "bytecode", "1,6 0 0 0")   # of somebody else
    running = [Pings(home.inside, OUTSIDE4), Pings(home.inside, OUTSIDE6)]
    assert all(stream.runs() for stream in running)
    make_of_another_build(gateway)
    gateway.start_daemon()
    assert all(stream.runs() for stream in running)
    for device in ("wan", "lan"):
        assert all(len(tcx.programs(gateway, device, side)) == 1 for side in tcx.SIDES)
        for side in tcx.SIDES:
            assert "sluice" not in gateway.run("tc", "filter", "show", "dev", device, side).stdout
    assert gateway.show("drops") == []
    assert [stream.lost() for stream in running] == [0, 0]
    gateway.stop_daemon()   # the kernel stops a device for a moment when its clsact goes: that comes last
    gateway.cleanup()
    assert [line.split()[4] for line in gateway.run("tc", "qdisc").stdout.splitlines() if "clsact" in line] == ["lan"]
    assert "pref 902" in gateway.run("tc", "filter", "show", "dev", "lan", "ingress").stdout
    assert "chain 81" not in gateway.run("tc", "chain", "show", "dev", "lan", "ingress").stdout
    gateway.start_daemon()
