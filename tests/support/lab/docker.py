# SPDX-License-Identifier: GPL-2.0-or-later
"""Docker of Debian on a gateway of the lab: containerd and dockerd, with everything of theirs in directories of the lab."""

import json
import os
import signal
import subprocess
from pathlib import Path

from . import busybox
from .cni import Inside
from .wait import eventually

IMAGE = "lab"
CGROUP = "sluice-lab-docker"   # the same for all labs: what a killed one has left goes with the next
CONTAINERD = """
version = 2
root = "{home}/containerd"
state = "{home}/containerd.state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
                    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = "{home}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "{home}/opt"
"""


class Docker:
    """`docker` as root of the gateway; `options` are dockerd's."""

    def __init__(self, gateway, *options):
        self.gateway, self.lab = gateway, gateway.lab
        self.home = self.lab.directory / "docker"
        self.home.mkdir()
        self.address = f"unix://{self.home}/docker.sock"
        self.options = ("--data-root", self.home / "root", "--exec-root", self.home / "run", "--pidfile", self.home / "pid", "-H", self.address,
                        "--containerd", self.home / "containerd.sock", "--storage-driver", "vfs", "--group", "root",
                        "--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", f"/{CGROUP}", *options)
        self.daemon = None
        self._hide_the_machine()
        self.lab.defer(remove_cgroups)
        (self.home / "containerd.toml").write_text(CONTAINERD.format(home=self.home), encoding="ascii")
        self.containerd = self.gateway.start("containerd", "--config", self.home / "containerd.toml")
        eventually("containerd listens", (self.home / "containerd.sock").exists, within=20)
        self.start_daemon()
        self.run("import", busybox.archive(self.home), IMAGE)

    def _hide_the_machine(self):
        """In the lab's own mounts: where dockerd keeps a key whatever it is told."""
        subprocess.run(["mount", "-t", "tmpfs", "sluice-lab", "/etc/docker"], check=True)
        self.lab.defer(subprocess.run, ["umount", "-l", "/etc/docker"], check=False)

    def start_daemon(self):
        self.daemon = self.gateway.start("dockerd", *self.options)
        self.lab.defer(self._remove_all)
        eventually("dockerd answers", lambda: self.run("version", expect=None).returncode == 0, within=30)

    def _remove_all(self):
        """Before this dockerd ends: a container goes on without one."""
        found = self.run("ps", "-aq", expect=None).stdout.split()
        if found:
            self.run("rm", "-f", *found, expect=None)

    def end_daemon(self, how=signal.SIGTERM):
        self.daemon.signal(how)
        self.daemon.wait()

    def restart(self):
        self.end_daemon()
        self.start_daemon()

    def run(self, *words, **keywords):
        return self.gateway.run("docker", "-H", self.address, *words, **keywords)

    def start(self, name, *command, options=(), **keywords):
        """A container in the background, which is ended with the lab."""
        return self.run("run", "-d", "--name", name, "--stop-signal", "KILL", *options, IMAGE, *command, **keywords)

    def serve(self, name, port=80, **keywords):
        """A web server that says its own name."""
        return self.start(name, "sh", "-c", f"echo {name} > /www/index.html; exec httpd -f -p {port} -h /www", **keywords)

    def inspect(self, name):
        return json.loads(self.run("inspect", name).stdout)[0]

    def inside(self, name):
        return Inside(self.lab, name, f"/proc/{self.inspect(name)['State']['Pid']}/ns/net")


def remove_cgroups():
    for top in Path("/sys/fs/cgroup").glob(f"**/{CGROUP}"):
        for directory, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(directory)
            except OSError:
                pass   # of another lab, where something runs
