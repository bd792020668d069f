# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway that boots as an operator's does: Debian with systemd, sluice from its package, and /var/lib on a disk that outlives the
machine. Its cards are called eth0 and eth1 until udev names them, and systemd-networkd gives them addresses. `with` boots it.
"""

import json
import os
import shutil
from pathlib import Path

from debian_lab import IDLE_MODULES, IDLE_UNITS, be_patient, run, write
from debian_root import package_in, root_in
from lab import eventually
from lab.home import INSIDE4, LAN4, OUTSIDE4, WAN4
from vm import Hardware, RemoteMachine
from vm.remote import AGENT
from vm.tap import open_tap, virtio_card

MACS = {"lan": "52:54:00:0a:00:01", "wan": "52:54:00:0f:00:01"}
CALLED = {"lan": "lan", "wan": "wan"}   # by udev
ADDRESSES = {"lan": f"{LAN4}/24", "wan": f"{WAN4}/24"}
DOCUMENT = Path("etc/sluice/gateway.json")
DISK_MEGABYTES = 192
MORE_IDLE_UNITS = ("ssh.service", "cron.service", "logrotate.timer", "systemd-tmpfiles-clean.timer")
NEEDED_UNITS = {"kmod-static-nodes.service"}   # /dev/net/tun
# By a port of the VM, as guest/run does it for a root without systemd.
AGENT_UNIT = """[Unit]
Description=Commands from outside

[Service]
ExecStart=/bin/bash -c 'for port in /sys/class/virtio-ports/*; do \
  printf -v $(cat $port/name) %%s /dev/$(basename $port); done; exec /usr/bin/python3 -B /opt/agent.py <$in >$out'

[Install]
WantedBy=multi-user.target
"""


def make_disk(path, root):
    """An image with what the root has in /var/lib."""
    run("truncate", "-s", f"{DISK_MEGABYTES}M", path)
    run("mkfs.ext4", "-q", "-d", root / "var/lib", path)


def address_hosts(inside, outside):
    """The outside sends to the inside by way of the gateway, as a hostile neighbour would, and needs no answer to ARP."""
    for host, address, gateway, mac in ((inside, INSIDE4, LAN4, MACS["lan"]), (outside, OUTSIDE4, WAN4, MACS["wan"])):
        host.addresses("eth0", f"{address}/24")
        host.ip("link set eth0 up")
        host.ip(f"neigh replace {gateway} lladdr {mac} dev eth0 nud permanent")
    inside.routes(f"default via {LAN4}")
    outside.routes(f"192.168.10.0/24 via {WAN4}")


class Wires:
    """The other ends of the cards, in the namespaces of the hosts. They stay when a machine ends."""

    def __init__(self, lab):
        self.inside, self.outside = lab.host("inside"), lab.host("outside")
        self.taps = {}
        for name, host in (("lan", self.inside), ("wan", self.outside)):
            with host.entered():
                self.taps[name] = open_tap("eth0")
            lab.defer(os.close, self.taps[name][0])
        address_hosts(self.inside, self.outside)

    def cards(self):
        return sum((virtio_card(name, MACS[name], self.taps[name]) for name in MACS), [])

    def descriptors(self):
        return sum(self.taps.values(), [])


class InstalledGateway(RemoteMachine):
    """`document`: the text of /etc/sluice/gateway.json; None: there is no such file. `called`: what its cards are called."""

    def __init__(self, kernel, wires, disk, document, called=None):
        self.cache = Path(kernel.root).parent
        self.package_root, self.document, self.called = root_in(self.cache), document, called or CALLED
        hardware = Hardware(memory=640, handed=wires.descriptors(),
                            nics=[*wires.cards(), "-drive", f"file={disk},format=raw,if=virtio,cache=writeback"])
        super().__init__(kernel, hardware, root=self.package_root, init="/sbin/init", name="gateway")

    def boot(self):
        super(RemoteMachine, self).__enter__()
        self._seed(self.control / "seed")
        self.start(("in", "out"))
        self.await_answers()

    def __enter__(self):
        self.boot()
        return self

    def _seed(self, seed):
        seed.mkdir()
        run("dpkg-deb", "-x", package_in(self.cache), seed)
        (seed / "opt").mkdir()
        shutil.copy(AGENT, seed / "opt/agent.py")
        groups = (self.package_root / "etc/group").read_text(encoding="utf-8")
        write(seed / "etc/group", groups if "\nsluice:" in groups else f"{groups}sluice:x:998:\n")
        write(seed / "etc/modprobe.d/idle.conf", "".join(f"blacklist {name}\n" for name in IDLE_MODULES))
        write(seed / "etc/fstab", "/dev/vda /var/lib ext4 noatime 0 0\n")
        be_patient(seed)
        # What the machine would do if nobody judged its packets.
        write(seed / "etc/sysctl.d/forward.conf", "net.ipv4.ip_forward = 1\n")
        if self.document is not None:
            write(seed / DOCUMENT, self.document)
        self._seed_network(seed / "etc/systemd/network")
        self._seed_units(seed / "etc/systemd/system")

    def _seed_network(self, folder):
        for card, name in self.called.items():
            write(folder / f"10-{name}.link", f"[Match]\nMACAddress={MACS[card]}\n\n[Link]\nName={name}\n")
            write(folder / f"20-{name}.network",
                  f"[Match]\nName={name}\n\n[Network]\nAddress={ADDRESSES[card]}\nIPv6AcceptRA=no\n")

    def _seed_units(self, units):
        write(units / "agent.service", AGENT_UNIT)
        wanted = units / "multi-user.target.wants"
        wanted.mkdir()
        (wanted / "agent.service").symlink_to("../agent.service")
        (wanted / "sluiced.service").symlink_to("/usr/lib/systemd/system/sluiced.service")
        for name in {*IDLE_UNITS, *MORE_IDLE_UNITS} - NEEDED_UNITS:
            (units / name).symlink_to("/dev/null")

    def words(self, *argv, expect=0):
        return self.run(*argv, expect=expect)["out"].strip()

    def sluice(self, *argv, expect=0):
        return self.words("sluice", *argv, expect=expect)

    def json(self, *argv):
        return json.loads(self.sluice(*argv, "-o", "json"))

    def write(self, path, text):
        self.run("tee", path, stdin=text)

    def _state(self):
        done = self.run("sluice", "status", "-o", "json", expect=None)
        return json.loads(done["out"])["state"] if done["status"] == 0 else None

    def await_running(self, state="running"):
        try:
            eventually(f"sluiced runs, and is {state}", lambda: self._state() == state, within=120)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.words('journalctl', '-b', '-n', '20')}") from late

    def power_cut(self):
        """What the guest has not written to the disk is gone."""
        self.__exit__(None, None, None)

