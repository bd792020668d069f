# SPDX-License-Identifier: GPL-2.0-or-later
"""A container engine as far as its plugin sees it: an environment, a configuration, and JSON."""

import json

from .gateway import binaries
from .host import Host


class Inside(Host):
    """The namespace of a container that an engine made, as one more host: sockets and servers."""

    def __init__(self, lab, name, path):   # pylint: disable=super-init-not-called
        self.lab, self.name, self.path = lab, name, path


class Plugin:
    """Runs sluice-cni where the gateway is, as an engine would, for one network."""

    def __init__(self, gateway, **config):
        self.gateway = gateway
        self.config = {"cniVersion": "1.0.0", "type": "sluice-cni", "name": "net", "socket": str(gateway.socket_path), **config}

    def call(self, command, host, expect=0, args="", interface="eth0", ports=(), previous=None, text=None, **environment):
        """The answer to a command for a container, whose namespace is that of `host`."""
        config = dict(self.config)
        if ports:
            config["runtimeConfig"] = {"portMappings": list(ports)}
        if previous:
            config["prevResult"] = previous
        words = {"CNI_COMMAND": command, "CNI_CONTAINERID": f"{host.name}-id", "CNI_NETNS": host.path, "CNI_IFNAME": interface,
                 "CNI_PATH": binaries(), "CNI_ARGS": ";".join(filter(None, ["IgnoreUnknown=1", f"K8S_POD_NAME={host.name}", args])), **environment}
        done = self.gateway.run("env", *(f"{name}={value}" for name, value in words.items()), binaries() / "sluice-cni",
                                stdin=json.dumps(config) if text is None else text, expect=expect)
        return json.loads(done.stdout) if done.stdout else None

    def add(self, host, **more):
        return self.call("ADD", host, **more)

    def remove(self, host, **more):
        return self.call("DEL", host, **more)

    def check(self, host, **more):
        return self.call("CHECK", host, **more)


def port(outside, inside, protocol="tcp", address=""):
    return {"hostPort": outside, "containerPort": inside, "protocol": protocol, "hostIP": address}
