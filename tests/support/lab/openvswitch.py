# SPDX-License-Identifier: GPL-2.0-or-later
"""Open vSwitch in a host, with its userspace datapath: the kernel needs no module for it."""

import os
import tempfile
from pathlib import Path

from .wait import eventually

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"


class OpenVSwitch:
    """Its two daemons with a database, sockets and pid files of their own; all end with the lab.

    It reads frames as they are, and drops those whose outer checksum is still open: what leads to one of its ports from
    a veth has to finish them.
    """

    def __init__(self, host):
        self.host = host
        self.directory = Path(tempfile.mkdtemp(prefix="ovs-", dir=host.lab.directory))
        self.database = f"unix:{self.directory}/db.sock"
        self._create_database()
        self._start("ovsdb-server", f"--remote=p{self.database}", self.directory / "conf.db")
        self.vsctl("--no-wait", "init")
        self._start("ovs-vswitchd", self.database)

    def _create_database(self):
        self.host.run("ovsdb-tool", "create", self.directory / "conf.db", SCHEMA)

    def _control(self, program):
        return self.directory / f"{program}.ctl"

    def _start(self, program, *words):
        """Ready when its control socket answers."""
        folders = {name: str(self.directory) for name in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")}
        process = self.host.start(program, *words, "--no-chdir", f"--pidfile={self.directory / program}.pid",
                                  f"--unixctl={self._control(program)}", env=os.environ | folders)
        eventually(f"{program} answers", lambda: self._answers(program, process))

    def _answers(self, program, process):
        assert process.running(), process.output()[-3000:]
        return self.appctl("version", program=program, expect=None).returncode == 0

    def vsctl(self, *words):
        """Returns when ovs-vswitchd has done it."""
        return self.host.run("ovs-vsctl", f"--db={self.database}", "--timeout=10", *words).stdout.strip()

    def appctl(self, *words, program="ovs-vswitchd", expect=0):
        return self.host.run("ovs-appctl", f"--target={self._control(program)}", *words, expect=expect)

    def bridge(self, name, *ports):
        """A bridge, whose host has a device of this name, with devices of the host in it."""
        self.vsctl("add-br", name, "--", "set", "bridge", name, "datapath_type=netdev")
        for port in ports:
            self.vsctl("add-port", name, port)
        self.host.ip("link set", name, "up")

    def vxlan(self, bridge, port, **options):
        """A VXLAN port with these options and no others, new or as it is."""
        said = [f"options:{name}={value}" for name, value in options.items()]
        self.vsctl("--may-exist", "add-port", bridge, port, "--", "clear", "interface", port, "options", "--",
                   "set", "interface", port, "type=vxlan", *said)
        self.appctl("revalidator/purge")   # flows that are known go on by the options of before otherwise

    def resize(self, port, mtu):
        self.vsctl("set", "interface", port, f"mtu_request={mtu}")
