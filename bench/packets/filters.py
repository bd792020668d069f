# SPDX-License-Identifier: GPL-2.0-or-later
"""Policies that no packet of the benchmark matches, and one at the end that all match, for each kind of gateway."""


def others(count):
    """(source, destination, UDP port) of so many policies; they differ in each."""
    for i in range(count - 1):
        yield (f"10.{64 + i % 128}.{i // 128 % 256}.0/24",
               f"172.{16 + i % 16}.{i // 16 % 256}.{i // 4096 * 64}/26", 1024 + i)


def policies(count):
    """As a document of sluice has them."""
    pair = {"from": "lan", "to": "internet", "action": "accept"}
    for number, (source, destination, port) in enumerate(others(count)):
        yield {"name": f"other-{number}", "source": source, "destination": destination, "protocol": "udp",
               "ports": port, **pair}
    yield {"name": "lan-out", **pair}


def chain(count, inside):
    """As a chain of nftables, which is walked; `inside`: the device that flows come by."""
    pair = f'iifname "{inside}" oifname "out0"'
    rules = [f"{pair} ip saddr {source} ip daddr {destination} udp dport {port} accept"
             for source, destination, port in others(count)]
    lines = "\n".join(["ct state established,related accept", *rules, f"{pair} accept"])
    return f"""
        table ip filter {{
            chain forward {{
                type filter hook forward priority filter; policy drop
                {lines}
            }}
        }}"""


def iptables(count):
    """The same as a table of ip_tables."""
    pair = "-A FORWARD -i in0 -o out0"
    rules = [f"{pair} -s {source} -d {destination} -p udp --dport {port} -j ACCEPT"
             for source, destination, port in others(count)]
    lines = "\n".join(["-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", *rules, f"{pair} -j ACCEPT"])
    return f"*filter\n:FORWARD DROP\n{lines}\nCOMMIT\n"
