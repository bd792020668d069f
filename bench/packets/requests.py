# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests of a real HTTP client (wrk) to a real server (nginx) behind the gateway, in a lab of their own each time.

`new`: a connection for each request. `kept`: the same connections throughout. The hosts compute checksums
themselves in every row, because native XDP on veth wants that.
"""

import json
import os
import subprocess
from itertools import count
from statistics import median

from addresses import IPV4
from gateways import Setting
from lab import Lab
from private import WORK
from series import series
from shell import await_listener, into, run

CLIENTS = 32   # at once
LABS = count(1)
HERE = os.path.dirname(os.path.abspath(__file__))
WAYS = {"new": ["--header", "Connection: close"], "kept": []}
CONFIGURATION = """
daemon off; master_process off; pid {work}/nginx.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000;
  server {{ {listen} location / {{ return 200 "{body}"; }} }}
}}
"""


class Server:
    def __init__(self, netns, name, ports=(80,)):
        work = os.path.join(WORK, name)
        os.makedirs(work, exist_ok=True)
        path = os.path.join(work, "nginx.conf")
        with open(path, "w", encoding="ascii") as file:
            listen = " ".join(f"listen [::]:{port} ipv6only=off backlog=4096;" for port in ports)
            file.write(CONFIGURATION.format(work=work, listen=listen, body="x" * 1024))
        self._process = subprocess.Popen([*into(netns), "nginx", "-c", path])
        await_listener(self._process, "nginx", netns, ports[0])

    def stop(self):
        self._process.terminate()
        self._process.wait()


def ask(netns, seconds, words, host=IPV4.outside_host):
    text = run("wrk", "--threads", 1, "--connections", CLIENTS, "--duration", f"{seconds}s", "--script",
               os.path.join(HERE, "report_wrk.lua"), *words, f"http://{host}/", netns=netns,
               timeout=seconds + 30)
    said = json.loads(text.splitlines()[-1])
    return {"per_second": said["requests"] / said["us"] * 1e6, **said}


def in_lab(row, options):
    """{way: what wrk said}"""
    lab = Lab(f"{row.name}-http{next(LABS)}")
    lab.ready_for_packets()
    for host in (lab.inside, lab.outside):   # which veth wants of who receives what XDP redirects
        run("ethtool", "-K", host.device, "gro", "on", netns=host.netns)
    gateway = row.gateway(lab, options, Setting())
    server = Server(lab.outside.netns, lab.name)
    try:
        return {way: ask(lab.inside.netns, max(1, round(options.seconds)), words) for way, words in WAYS.items()}
    finally:
        server.stop()
        gateway.stop()
        lab.remove()


def take(rows, options, say):
    """([{"row", "way", "per_second", "p50_us", "p99_us", "errors", ...}], {row: problem})"""
    answers, problems = series(rows, options, say, "requests", lambda row: in_lab(row, options))
    figures = [figure(row.name, way, [answer[way] for answer in answers[row.name]])
               for way in WAYS for row in rows if row.name not in problems]
    peers = {row.name: row.peer for row in rows}
    for one in figures:
        nft = next((other for other in figures if (other["row"], other["way"]) == (peers[one["row"]], one["way"])), None)
        one["of_nft"] = one["per_second"] / nft["per_second"] if nft else None
    return figures, problems


def figure(row, way, answers):
    rates = [answer["per_second"] for answer in answers]
    return {"row": row, "way": way, "per_second": median(rates), "min": min(rates), "max": max(rates),
            **{key: median(answer[key] for answer in answers) for key in ("p50_us", "p99_us")},
            "errors": sum(answer["errors"] for answer in answers)}
