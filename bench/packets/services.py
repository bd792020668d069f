# SPDX-License-Identifier: GPL-2.0-or-later
"""A port of the gateway that leads to four servers in turns: sluice beside a map of nft (numgen) and HAProxy in TCP mode.

`new`: HTTP with a connection for each request (wrk and nginx, as in requests.py). `bulk`: one CUBIC flow (iperf3). The hosts compute
checksums themselves in every row, because native XDP on veth wants that. Nobody is asked how he is, and nobody is sticky.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from itertools import count
from statistics import median

from addresses import IPV4, IPV6
from gateways import KernelGateway, Setting, SluiceNftables, SluiceTc, SluiceXdp, TrackingGateway
from lab import Lab, give_address, know_neighbour
from private import WORK
from requests import WAYS, Server, ask
from series import series
from shell import await_listener, into, run

LABS = count(1)
LISTEN, TO, PORT, BULK = IPV4.gateway_in, IPV4.outside_host, 80, 5201
SERVERS = (8001, 8002, 8003, 8004)
HAPROXY = """
global
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen web
  bind {listen}:{port}
  balance roundrobin
{servers}
listen bulk
  bind {listen}:{bulk}
  server one {to}:{bulk}
"""


class Numgen(TrackingGateway):
    """The usual rule by hand; no filter."""

    def _put_rules(self, setting):
        turns = ", ".join(f"{turn} : {TO} . {port}" for turn, port in enumerate(SERVERS))
        run("nft", "-f", "-", netns=self._netns, stdin=f"""
            table ip services {{
                chain prerouting {{
                    type nat hook prerouting priority dstnat
                    ip daddr {LISTEN} tcp dport {PORT} dnat ip addr . port to numgen inc mod {len(SERVERS)} map {{ {turns} }}
                    ip daddr {LISTEN} tcp dport {BULK} dnat to {TO}:{BULK}
                }}
            }}""")


class Haproxy(KernelGateway):
    """A thread for each core, and nothing else told than where to."""

    def __init__(self, lab, options, setting=Setting()):
        super().__init__(lab, options, setting)
        path = os.path.join(WORK, f"{lab.name}.cfg")
        servers = "\n".join(f"  server at{port} {TO}:{port}" for port in SERVERS)
        with open(path, "w", encoding="ascii") as file:
            file.write(HAPROXY.format(listen=LISTEN, port=PORT, bulk=BULK, to=TO, servers=servers))
        self._process = subprocess.Popen([*into(lab.gateway), "haproxy", "-db", "-q", "-f", path])
        await_listener(self._process, "haproxy", lab.gateway, PORT)

    def stop(self):
        self._process.terminate()
        self._process.wait()


class Services:
    """sluice, with a service and one of a single backend."""

    def _document(self, setting):
        made = super()._document(setting)
        del made["nat"]
        made["interfaces"]["in0"]["addresses"] = [f"{LISTEN}/{IPV4.length}"]
        made["underlays"] = {"near": {"zone": "internet"}}
        made["services"] = {
            "web": {"listen": LISTEN, "ports": PORT,
                    "backends": [{"name": f"at{port}", "near": f"{TO}:{port}"} for port in SERVERS]},
            "bulk": {"listen": LISTEN, "ports": BULK, "backends": [{"name": "one", "near": f"{TO}:{BULK}"}]},
        }
        return made


class Across(Services):
    """The same servers by IPv6, for the same clients."""

    def __init__(self, lab, options, setting=Setting()):
        give_address(lab.outside, IPV6.outside_host, IPV6)
        give_address(lab.gateway_out, IPV6.gateway_out, IPV6)
        know_neighbour(lab.outside, IPV6.gateway_out, lab.gateway_out)
        know_neighbour(lab.gateway_out, IPV6.outside_host, lab.outside)
        super().__init__(lab, options, setting)

    def _document(self, setting):
        made = super()._document(setting)
        made["interfaces"]["out0"]["addresses"] = [f"{IPV4.gateway_out}/{IPV4.length}", f"{IPV6.gateway_out}/{IPV6.length}"]
        for service in made["services"].values():
            for backend in service["backends"]:
                backend["near"] = backend["near"].replace(TO, f"[{IPV6.outside_host}]")
        return made


class AcrossTc(Across, SluiceTc):
    pass


class AcrossXdp(Across, SluiceXdp):
    pass


class ServicesTc(Services, SluiceTc):
    pass


class ServicesXdp(Services, SluiceXdp):
    pass


class ServicesNftables(Services, SluiceNftables):
    pass


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    gateway: type


ROWS = (Row("numgen", "nft numgen, dnat", Numgen), Row("haproxy", "HAProxy, mode tcp", Haproxy),
        Row("service-nftables", "sluice nftables, service", ServicesNftables),
        Row("service-tc", "sluice tc, service", ServicesTc), Row("across-tc", "sluice tc, service to IPv6", AcrossTc),
        Row("service-xdp", "sluice XDP, service", ServicesXdp), Row("across-xdp", "sluice XDP, service to IPv6", AcrossXdp))


def bulk(lab, seconds):
    """Gbit/s as the receiver counts them."""
    server = subprocess.Popen(into(lab.outside.netns) + ["iperf3", "--server"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_listener(server, "iperf3", lab.outside.netns, BULK)
        text = run("iperf3", "--client", LISTEN, "--time", seconds, "--omit", 1, "--congestion", "cubic", "--json",
                   netns=lab.inside.netns, timeout=seconds + 30)
    finally:
        server.terminate()
        server.wait()
    return json.loads(text)["end"]["sum_received"]["bits_per_second"] / 1e9


def in_lab(row, options):
    seconds = max(2, round(options.seconds))
    lab = Lab(f"{row.name}-{next(LABS)}")
    lab.ready_for_packets()
    for host in (lab.inside, lab.outside):   # as in requests.py
        run("ethtool", "-K", host.device, "gro", "on", netns=host.netns)
    gateway = row.gateway(lab, options, Setting())
    server = Server(lab.outside.netns, lab.name, SERVERS)
    try:
        return {"new": ask(lab.inside.netns, seconds, WAYS["new"], LISTEN), "gbits": bulk(lab, seconds)}
    finally:
        server.stop()
        gateway.stop()
        lab.remove()


def take(options, say):
    """([{"row", "new", "new_min", "new_max", "new_of_nft", "p50_us", "p99_us", "errors", "gbits", ...}], {row: problem})"""
    answers, problems = series(ROWS, options, say, "services", lambda row: in_lab(row, options))
    figures = [figure(row.name, answers[row.name]) for row in ROWS if row.name not in problems]
    peer = next((one for one in figures if one["row"] == ROWS[0].name), None)
    for one in figures:
        for what in ("new", "gbits"):
            one[f"{what}_of_nft"] = one[what] / peer[what] if peer else None
    return figures, problems


def figure(row, answers):
    found = {"row": row, "errors": sum(answer["new"]["errors"] for answer in answers)}
    for what, values in (("new", [answer["new"]["per_second"] for answer in answers]), ("gbits", [answer["gbits"] for answer in answers])):
        found |= {what: median(values), f"{what}_min": min(values), f"{what}_max": max(values)}
    return found | {key: median(answer["new"][key] for answer in answers) for key in ("p50_us", "p99_us")}
