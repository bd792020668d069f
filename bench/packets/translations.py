# SPDX-License-Identifier: GPL-2.0-or-later
"""Forwards that no packet of the benchmark matches: as sluice has them, and as one map of nftables."""

PORTS = 50_000   # of each address
NFT = """
table ip forwards {
    map targets {
        type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
        elements = { %s }
    }
    chain prerouting {
        type nat hook prerouting priority dstnat
        dnat ip to ip daddr . ip protocol . th dport map @targets
    }
}
"""


def forwards(count, target):
    """As a document of sluice has them, to ports of one inside host."""
    for number in range(count):
        port = 1024 + number % PORTS
        yield {"name": f"forward-{number}", "listen": f"203.0.113.{10 + number // PORTS}", "protocol": "tcp", "ports": port,
               "to": f"{target}:{port}"}


def element(forward):
    address, port = forward["to"].split(":")
    return f"{forward['listen']} . {forward['protocol']} . {forward['ports']} : {address} . {port}"


def table(count, target):
    """What `nft -f` reads."""
    return NFT % ", ".join(element(forward) for forward in forwards(count, target))
