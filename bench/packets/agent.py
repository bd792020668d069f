# SPDX-License-Identifier: GPL-2.0-or-later
"""The conversation with the packet agent, which holds a lab's BPF programs."""

import json
import subprocess
from dataclasses import asdict

from addresses import IPV6
from shell import BenchError


class Agent:
    def __init__(self, binary):
        try:
            self._process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             text=True)
        except OSError as error:
            raise BenchError(f"start {binary}: {error.strerror}") from error

    @property
    def process(self):
        """Its number."""
        return self._process.pid

    def ask(self, verb, **words):
        self._process.stdin.write(json.dumps({"do": verb, **words}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the packet agent ended"}
        if "error" in answer:
            raise BenchError(f"{verb}: {answer['error']}")
        return answer

    def stop(self):
        self._process.stdin.close()
        self._process.wait()


def agent_for(binary, lab, core, *, translated, ttl, ceiling=False, vlan=0, tunnel=None):
    """An agent that knows the lab. `ttl`: that packets must arrive with; `vlan` and `tunnel` (overlay.Tunnel): of
    the inside host's frames."""
    agent = Agent(binary)
    words = {
        "inside": describe(lab.inside, lab.gateway_in) | {"vlan": vlan},
        "outside": describe(lab.outside, lab.gateway_out),
        "ipv6": lab.addresses is IPV6,
        "inside_base": lab.addresses.inside_base,
        "outside_base": lab.addresses.outside_base,
        "ttl": ttl,
        "core": core,
    }
    if tunnel:
        words["inside"]["tunnel"] = asdict(tunnel)
    if translated:
        words["nat_address"] = lab.addresses.gateway_out
    if ceiling:
        words["ceiling"] = {"netns": lab.gateway, "inside_device": lab.gateway_in.device,
                            "outside_device": lab.gateway_out.device}
    agent.ask("lab", **words)
    return agent


def describe(host, gateway):
    return {"netns": host.netns, "device": host.device, "mac": host.mac, "gateway_mac": gateway.mac}
