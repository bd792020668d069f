# SPDX-License-Identifier: GPL-2.0-or-later
"""`explain` is held against what packets really met: every flow of a scenario, and every packet that was dropped."""

from urllib.parse import quote

from lab import eventually
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6

PORTS = ("tcp", "udp", "udplite", "sctp")
MOST_FLOWS = 40   # of one scenario
# What the packet alone does not tell: what it is a part of, what others have used up, what stands in other headers.
BEYOND = {"fragment", "no-flow", "icmp-no-flow", "icmp-type", "flow-ended", "flow-conflict", "ambiguous", "ttl", "too-big",
          "over-limit", "host-flows", "half-open-full", "target-half-open", "host-mappings", "mappings-full", "table-full", "no-ports",
          "overlap", "fragments-full", "bad-checksum", "link-broadcast", "bad-header", "too-short", "zero-port",
          "too-many-extensions", "control"}
ECHO_REQUEST = 8


def endpoint(protocol, address, port):
    if protocol not in PORTS:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def ask(gateway, **fields):
    """An answer of the control socket, which costs less than a process."""
    return gateway.get("/v1/explain?" + "&".join(f"{name}={quote(str(value), safe='')}" for name, value in fields.items()))


def identity(flow):
    way = flow["original"]
    return (flow["protocol"], flow["from_vrf"], way["source"], way["source_port"], way["destination"],
            way["destination_port"])


def ask_about(gateway, flow):
    way, protocol = flow["original"], flow["protocol"]
    return ask(gateway, protocol=protocol, new=1, **{"in": flow["interface_in"]},
               source=endpoint(protocol, way["source"], way["source_port"]),
               destination=endpoint(protocol, way["destination"], way["destination_port"]))


def really(flow):
    """The flow as explain would tell it."""
    back, ports = flow["reply"], flow["protocol"] in PORTS
    return {"verdict": "to host" if flow["to_zone"] == "host" else "forwarded", "policy": flow["policy"], "nat": flow["nat"],
            "to_zone": flow["to_zone"], "to_vrf": flow["to_vrf"], "interface_out": flow["interface_out"],
            "destination": endpoint(flow["protocol"], back["source"], back["source_port"]),
            "source": back["destination"], "source_port": back["destination_port"] if ports else None}


def told(answer, real):
    """The same of explain's answer; what is not known before the packet comes is taken as it was."""
    made = answer.get("translated") or {}
    seen = {key: answer.get(key) for key in ("verdict", "policy", "nat", "to_zone", "to_vrf", "interface_out")}
    seen["destination"] = made and endpoint(answer["protocol"], made["destination"], made["destination_port"])
    seen["source"] = made.get("source") or real["source"]
    port = made.get("source_port")
    seen["source_port"] = port if port is not None and real["source_port"] is not None else real["source_port"]
    return seen


def without_choice(seen):
    """Of a service's flow another backend may have the turn by now; "pool/one/near" is one of pool's."""
    service, slash, _ = (seen["policy"] or "").partition("/")
    return {"verdict": seen["verdict"], "service": service} if slash else seen


def assert_flows_explained(house):
    """Each flow that began under the rules in force would begin so again."""
    gateway = house.gateway
    if not gateway.daemon or not gateway.daemon.running() or house.revision != revision(gateway):
        return
    flows = [flow for flow in gateway.get("/v1/show/flows")["flows"] if is_of_now(house, flow)]
    for flow in flows[:MOST_FLOWS]:
        house.explained += 1
        if "/" in (flow["policy"] or ""):   # on a busy machine its backends may be found down for a moment
            eventually("the flow of a service is explained", lambda flow=flow: assert_flow_explained(gateway, flow))
        else:
            assert_flow_explained(gateway, flow)


def assert_flow_explained(gateway, flow):
    real, answer = really(flow), ask_about(gateway, flow)
    assert without_choice(told(answer, real)) == without_choice(real), f"of {flow} is told {answer}"
    return True


def is_of_now(house, flow):
    return flow["interface_in"] and flow["from_zone"] != "host" and identity(flow) not in house.older


def revision(gateway):
    return gateway.get("/v1/document")["revision"]


def _question(packet):
    """The packet as explain is asked about it; None: it is of a kind that explain cannot be asked about."""
    layer = packet[IPv6] if IPv6 in packet else packet[IP]
    inner = layer.payload
    if isinstance(inner, TCP):
        protocol = "tcp" if inner.flags == "S" else None
    elif isinstance(inner, UDP):
        protocol = "udp"
    elif isinstance(inner, ICMPv6EchoRequest):
        protocol = "icmpv6"
    else:
        protocol = "icmp" if isinstance(inner, ICMP) and inner.type == ECHO_REQUEST else None
    if not protocol or (IPv6 not in packet and (layer.frag or layer.flags == "MF")):
        return None
    ports = (inner.sport, inner.dport) if protocol in PORTS else (0, 0)
    return {"protocol": protocol, "source": endpoint(protocol, layer.src, ports[0]),
            "destination": endpoint(protocol, layer.dst, ports[1])}


def assert_drop_explained(house, device, packet, reasons):
    """explain names one of the reasons, where the packet itself is the reason."""
    question = _question(packet)
    if question and not BEYOND.intersection(reasons):
        answer = ask(house.gateway, **{"in": device}, **question)
        house.explained += 1
        assert answer.get("reason") in reasons, f"of {packet.summary()} is told {answer}"
