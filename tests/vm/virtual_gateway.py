# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway in a VM between hosts that are namespaces of this machine: virtio-net cards, TAP devices as their wires."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

from lab import eventually
from lab.gateway import binaries
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN6
from vm import Hardware, RemoteMachine
from vm.tap import open_tap, virtio_card

MACS = {"lan": "52:54:00:0a:00:01", "wan": "52:54:00:0f:00:01", "dmz": "52:54:00:0d:00:01"}
DMZ4, DMZ_GATEWAY4 = "172.20.1.2", "172.20.1.1"
DOCUMENT = "/run/gateway.json"
LOG = "/run/sluiced.log"


class VirtualGateway:
    """`with` boots it. `lan` is a card with one queue pair, `wan` has as many as the machine wants, and `dmz` cannot give up
    its offloads: a boot under emulation costs more than a card."""

    def __init__(self, lab, kernel):
        self.pins = Path("/sys/fs/bpf/sluice")
        self.inside, self.outside, self.dmz = (lab.host(name) for name in ("inside", "outside", "dmz"))
        self.descriptors = {"lan": self._tap(self.inside), "wan": self._tap(self.outside, 4), "dmz": self._tap(self.dmz)}
        properties = {"dmz": {"ctrl_guest_offloads": "off"}}
        cards = [virtio_card(name, MACS[name], self.descriptors[name], **properties.get(name, {})) for name in MACS]
        hardware = Hardware(cpus=2, memory=2048, nics=sum(cards, []), handed=sum(self.descriptors.values(), []))
        self.machine = RemoteMachine(kernel, hardware, name="gateway")
        self._address_hosts()

    @staticmethod
    def _tap(host, queues=1):
        with host.entered():
            return open_tap("eth0", queues)

    def _address_hosts(self):
        self.inside.addresses("eth0", f"{INSIDE4}/24", f"{INSIDE6}/64")
        self.outside.addresses("eth0", f"{OUTSIDE4}/24", f"{OUTSIDE6}/64")
        self.dmz.addresses("eth0", f"{DMZ4}/24")
        for host in (self.inside, self.outside, self.dmz):
            host.ip("link set eth0 up")
        self.inside.routes(f"default via {LAN4}", f"default via {LAN6}")
        self.outside.routes(f"2001:db8:10::/64 via {WAN6}")
        self.dmz.routes(f"default via {DMZ_GATEWAY4}")

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
        """Asked for over and over again, its status would cost it half of the machine."""
        self.machine.background(LOG, binaries() / "sluiced")
        self.run("bash", "-c", f"grep -qwm1 ready < <(exec timeout 300 tail -n +1 -f {LOG} 2>/dev/null)")
        eventually("sluiced answers", lambda: self.sluice("status", expect=None).returncode == 0)

    def stop_daemon(self):
        self.run("pkill", "-x", "sluiced")
        self.run("timeout", "30", "pidwait", "-x", "sluiced", expect=None)   # 1: it had ended already
        self.run("pgrep", "-x", "sluiced", expect=1)

    def interfaces(self):
        """The rows of `sluice show interfaces` by name."""
        return {row["name"]: row for row in self.json("show", "interfaces")["interfaces"]}

    def hooks(self):
        return {name: row["hook"] for name, row in self.interfaces().items()}
