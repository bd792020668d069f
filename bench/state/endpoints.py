#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long `sluice apply` takes for a network with many endpoints, and for a change of one of them. Needs root; SLUICE_BIN_DIR says
which build.

Beside it, in turn: `wg setconf` and `wg syncconf` of the same peers by hand at a device of its own, which keep no addresses, no
history, and no rules of who may reach what.
"""

import argparse
import base64
import hashlib
import sys

from paths import find_modules

find_modules()

from changes import report_all, run_in_lab, timed, timed_apply  # noqa: E402  needs the path
from lab import HomeLab, documents  # noqa: E402
from lab.phones import own_runtime_directory  # noqa: E402

DEVICE = "by-hand"
FIRST = 1 << 20   # the last bits of addresses: 10.16.0.0 and on
SUBNET = "10.64.0.0/16"


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["ebpf", "nftables"], default="ebpf")
    parser.add_argument("--endpoints", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=7)
    return parser.parse_args()


def public_key(number):
    """Whose private half nobody knows: every 32 bytes are the public key of one (RFC 7748)."""
    return base64.b64encode(hashlib.sha256(str(number).encode()).digest()).decode()


def document(chosen, count, keepalive):
    endpoints = {f"e{number}": {"type": "mobile", "public_key": public_key(number)} for number in range(count)}
    if count:
        endpoints[f"e{count // 2}"]["keepalive"] = f"{keepalive}s"
    network = {"type": "secure-internet", "subnet": SUBNET, "endpoints": endpoints}
    return documents.home() | {"engine": chosen.engine, "networks": {"crowd": network}}


def by_hand(count, keepalive):
    lines = ["[Interface]", f"PrivateKey = {public_key('own')}", "ListenPort = 51999"]
    for number in range(count):
        last = FIRST + number
        lines += ["[Peer]", f"PublicKey = {public_key(number)}", f"AllowedIPs = 10.{last >> 16}.{last >> 8 & 255}.{last & 255}/32"]
        if number == count // 2:
            lines.append(f"PersistentKeepalive = {keepalive}")
    return "\n".join(lines) + "\n"


class Bench:
    def __init__(self, lab, chosen):
        own_runtime_directory()
        self.gateway, self.chosen, self.times = HomeLab(lab).gateway, chosen, {}
        self.json, self.conf = lab.directory / "document.json", lab.directory / "by-hand.conf"
        self.gateway.start_daemon()
        self.gateway.run("wireguard-go", DEVICE)
        lab.defer(self.gateway.run, "ip", "link", "delete", DEVICE)   # which ends it

    def keep(self, title, took):
        self.times.setdefault(title, []).append(took)

    def apply(self, title, count, keepalive):
        took = timed_apply(self.gateway, self.json, document(self.chosen, count, keepalive))
        self.keep(f"sluice {self.chosen.engine}, {title}", took)

    def set_by_hand(self, title, verb, count, keepalive):
        self.conf.write_text(by_hand(count, keepalive), encoding="ascii")
        self.keep(f"wg {verb}, {title}", timed(self.gateway.run, "wg", verb, DEVICE, self.conf))

    def run(self):
        many = self.chosen.endpoints
        for turn in range(self.chosen.repeat):
            self.apply("none", 0, 0)
            self.set_by_hand("none", "setconf", 0, 0)
            self.apply(f"{many} endpoints", many, 20 + turn)
            self.set_by_hand(f"{many} endpoints", "setconf", many, 20 + turn)
            self.apply("one of them changed", many, 40 + turn)
            self.set_by_hand("one of them changed", "syncconf", many, 40 + turn)
        report_all({title: took for title, took in self.times.items() if not title.endswith("none")})


def main():
    return run_in_lab(Bench, options())


if __name__ == "__main__":
    sys.exit(main())
