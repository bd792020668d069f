# SPDX-License-Identifier: GPL-2.0-or-later
"""A lab owns hosts and wires, and takes everything down again in the reverse order."""

import contextlib
import itertools
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from . import commands, namespaces
from .gateway import Gateway
from .host import Host

_numbers = itertools.count()
_private = []


class Lab:
    """Used as a context manager; `hook` says how its wires are prepared (see wire())."""

    living = []
    memory = None   # MiB that the machine seems to have, and its tables are made for; None: what it has

    def __init__(self, hook="tc"):
        self.hook = hook
        self.log = commands.Log()
        self.prefix = f"sl{next(_numbers)}-{os.getpid()}"
        self.stack = contextlib.ExitStack()
        self.hosts, self.sniffers = [], []
        self.directory = None

    def __enter__(self):
        if not _private:
            namespaces.keep_mounts_private()
            if self.memory:
                namespaces.seem_to_have(self.memory)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
            _private.append(True)
        # In the private /run: it needs no disk, and it is gone with the lab whatever happens.
        self.directory = Path(tempfile.mkdtemp(prefix="lab-", dir="/run"))
        self.defer(shutil.rmtree, self.directory, ignore_errors=True)
        Lab.living.append(self)
        self.defer(Lab.living.remove, self)
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def defer(self, function, *args, **keywords):
        self.stack.callback(function, *args, **keywords)

    def end_sniffer(self, sniffer):
        """At the end of what it was made for, or before."""
        if sniffer in self.sniffers:
            self.sniffers.remove(sniffer)
            sniffer.stop()

    @contextlib.contextmanager
    def part(self):
        """What is made inside is taken down at its end, and not with the lab."""
        whole, self.stack = self.stack, contextlib.ExitStack()
        try:
            with self.stack:
                yield
        finally:
            self.stack = whole

    def run(self, *argv, **keywords):
        return commands.run(self.log, "lab", argv, **keywords)

    def host(self, name):
        return self._keep(Host(self, name))

    def gateway(self, name="gw"):
        return self._keep(Gateway(self, name))

    def _keep(self, host):
        self.hosts.append(host)
        return host

    def wire(self, one, other, mtu=1500, hook=None):
        """A veth pair between (host, device) and (host, device), both up.

        `hook` is the gateway's on this wire, where it is another than the lab's.

        For XDP the ends that are not the gateway's compute checksums themselves (frames that are
        redirected by XDP carry no note that a checksum is still open) and lay no tag beside a frame
        (where XDP does not see it), and the gateway's peers have GRO on, without which a veth takes no
        redirected frame. For tc the offloads stay on: that is how a veth arrives in real life.
        """
        (host, device), (other_host, other_device) = one, other
        self.run("ip", "link", "add", "name", device, "netns", host.namespace, "mtu", mtu, "type", "veth", "peer",
                 "name", other_device, "netns", other_host.namespace, "mtu", mtu)
        host.ip("link set dev", device, "up")
        other_host.ip("link set dev", other_device, "up")
        if (hook or self.hook) == "xdp":
            self._prepare_for_xdp(host, device, other_host)
            self._prepare_for_xdp(other_host, other_device, host)

    @staticmethod
    def _prepare_for_xdp(host, device, peer):
        if isinstance(host, Gateway):
            return
        gro = ["gro", "on"] if isinstance(peer, Gateway) else []
        tags = ["txvlan", "off", "tx-vlan-stag-hw-insert", "off"]
        host.run("ethtool", "-K", device, "tx", "off", *tags, *gro, quiet=True)
