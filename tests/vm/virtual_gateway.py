# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway in a VM between two hosts that are namespaces of this machine: virtio-net cards, TAP devices as their wires."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

from lab import eventually
from lab.gateway import binaries
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN6
from vm import Hardware, RemoteMachine
from vm.tap import open_tap, virtio_card

MACS = {"lan": "52:54:00:0a:00:01", "wan": "52:54:00:0f:00:01"}
DOCUMENT = "/run/gateway.json"
LOG = "/run/sluiced.log"


class VirtualGateway:
    """`with` boots it; `queues` and `properties` are those of both cards."""

    def __init__(self, lab, kernel, cpus=2, queues=1, **properties):
        self.pins = Path("/sys/fs/bpf/sluice")
        self.inside, self.outside = lab.host("inside"), lab.host("outside")
        self.descriptors = {"lan": self._tap(self.inside, queues), "wan": self._tap(self.outside, queues)}
        cards = [virtio_card(name, MACS[name], self.descriptors[name], **properties) for name in ("lan", "wan")]
        hardware = Hardware(cpus=cpus, memory=2048, nics=sum(cards, []), handed=sum(self.descriptors.values(), []))
        self.machine = RemoteMachine(kernel, hardware, name="gateway")
        self._address_hosts()

    @staticmethod
    def _tap(host, queues):
        with host.entered():
            return open_tap("eth0", queues)

    def _address_hosts(self):
        self.inside.addresses("eth0", f"{INSIDE4}/24", f"{INSIDE6}/64")
        self.outside.addresses("eth0", f"{OUTSIDE4}/24", f"{OUTSIDE6}/64")
        for host in (self.inside, self.outside):
            host.ip("link set eth0 up")
        self.inside.routes(f"default via {LAN4}", f"default via {LAN6}")
        self.outside.routes(f"2001:db8:10::/64 via {WAN6}")

    def __enter__(self):
        self.machine.__enter__()
        for descriptor in sum(self.descriptors.values(), []):
            os.close(descriptor)   # qemu has its own; with it they go
        self.run("modprobe", "virtio_net")   # nothing in the VM loads drivers by itself
        for number, name in enumerate(MACS):
            self.run("ip", "link", "set", f"eth{number}", "name", name)
            self.run("ip", "link", "set", name, "up")
        return self

    def __exit__(self, *exception):
        self.machine.__exit__(*exception)

    def run(self, *argv, expect=0, stdin="", quiet=False):   # pylint: disable=unused-argument
        done = self.machine.run(*argv, expect=expect, stdin=stdin)
        return SimpleNamespace(stdout=done["out"], stderr=done["err"], returncode=done["status"])

    def sluice(self, *argv, expect=0):
        return self.run(binaries() / "sluice", *argv, expect=expect)

    def json(self, *argv):
        return json.loads(self.sluice(*argv, "-o", "json").stdout)

    def apply(self, document, expect=0):
        self.run("tee", DOCUMENT, stdin=json.dumps(document))
        return self.sluice("apply", DOCUMENT, expect=expect)

    def start_daemon(self):
        self.machine.background(LOG, binaries() / "sluiced")
        eventually("sluiced is ready", lambda: self.sluice("status", expect=None).returncode == 0, within=60)

    def stop_daemon(self):
        self.run("pkill", "-x", "sluiced")
        eventually("sluiced has ended", lambda: self.run("pgrep", "-x", "sluiced", expect=None).returncode == 1, within=30)

    def interfaces(self):
        """The rows of `sluice show interfaces` by name."""
        return {row["name"]: row for row in self.json("show", "interfaces")["interfaces"]}

    def hooks(self):
        return {name: row["hook"] for name, row in self.interfaces().items()}
