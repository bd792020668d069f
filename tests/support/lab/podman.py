# SPDX-License-Identifier: GPL-2.0-or-later
"""Podman of Debian on a gateway of the lab, with everything that it keeps in directories of the lab, and an image without a registry."""

import json
import os
import subprocess
from pathlib import Path

from . import busybox
from .gateway import binaries

CONF = """
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
[network]
network_backend = "cni"
cni_plugin_dirs = ["{plugins}"]
network_config_dir = "{networks}"
default_network = "{default}"
"""
IMAGE = "lab"


class Podman:
    """`podman` as root of the gateway; the first of the networks is the default."""

    def __init__(self, gateway, networks):
        self.gateway, self.lab = gateway, gateway.lab
        self.home = self.lab.directory / "podman"
        self.networks = self.home / "networks"
        self.networks.mkdir(parents=True)
        for network in networks:
            self.write(network)
        conf = self.home / "containers.conf"
        conf.write_text(CONF.format(plugins=binaries(), networks=self.networks, default=networks[0]["name"]), encoding="utf-8")
        self.words = ("env", f"CONTAINERS_CONF={conf}")
        self.options = ("--root", self.home / "root", "--runroot", self.home / "runroot", "--tmpdir", self.home / "tmp",
                        "--storage-driver", "vfs", "--log-level", "error")
        self._hide_the_machine()
        self._import()

    def write(self, network):
        """A list of plugins as an operator writes it; `network` may have keys of the list, and those of the plugin."""
        plugin = {"type": "sluice-cni", "socket": str(self.gateway.socket_path), "capabilities": {"portMappings": True}}
        plugin.update({key: value for key, value in network.items() if key not in ("name", "cniVersion")})
        text = {"cniVersion": network.get("cniVersion", "1.0.0"), "name": network["name"], "plugins": [plugin]}
        (self.networks / f"{network['name']}.conflist").write_text(json.dumps(text), encoding="utf-8")

    def _hide_the_machine(self):
        """In the lab's own mounts: what podman and libcni keep outside of what they are told, and half a hierarchy of cgroups."""
        for path in (Path("/var/lib/cni"), Path("/var/lib/containers")):
            if not path.exists():
                path.mkdir()
                self.lab.defer(path.rmdir)
            subprocess.run(["mount", "-t", "tmpfs", "sluice-lab", path], check=True)
            self.lab.defer(subprocess.run, ["umount", "-l", path], check=False)
        if os.path.ismount("/sys/fs/cgroup/unified"):
            subprocess.run(["umount", "-l", "/sys/fs/cgroup/unified"], check=True)   # crun takes all of it or nothing

    def _import(self):
        self.run("import", busybox.archive(self.home), IMAGE)

    def run(self, *words, arguments="", **keywords):
        extra = (f"CNI_ARGS={arguments}",) if arguments else ()
        return self.gateway.run(*self.words, *extra, "podman", *self.options, *words, **keywords)

    def start(self, name, *command, options=(), **keywords):
        """A container in the background, which is ended with the lab."""
        self.lab.defer(self.run, "rm", "-f", "-t", "0", name, expect=None)
        return self.run("run", "-d", "--cgroups=disabled", "--name", name, *options, IMAGE, *command, **keywords)

    def serve(self, name, port=80, **keywords):
        """A web server that says its own name."""
        return self.start(name, "sh", "-c", f"echo {name} > /www/index.html; exec httpd -f -p {port} -h /www", **keywords)

    def network_of(self, name):
        return json.loads(self.run("inspect", name).stdout)[0]["NetworkSettings"]["Networks"]
