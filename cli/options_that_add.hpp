// SPDX-License-Identifier: GPL-2.0-or-later
// Options of the verbs that add networks, endpoints, pods and clients of a relay, and those that many verbs
// share.
#pragma once

#include <string_view>

#include "cli/command.hpp"

namespace sluice::cli {

inline constexpr std::string_view kFormats[] = {"table", "wide", "json", "jsonl"};
inline constexpr Option kOutput{"output", 'o', "FORMAT", "table, wide, json or jsonl", kFormats};
inline constexpr Option kWhy{"why", 0, "TEXT", "the reason, kept with the revision"};

inline constexpr Option kNetworkAdd[] = {
    {.name = "type",
     .value = "TYPE",
     .help = "secure-internet, remote-resource, l3vpn or an l2 kind",
     .required = true},
    {.name = "users", .value = "NUMBER", .help = "how many are expected, which sizes the subnet (6)"},
    {.name = "subnet", .value = "PREFIX", .help = "its IPv4 subnet (the default: one is allocated)"},
    {.name = "port", .value = "PORT", .help = "its UDP port (the default: one is allocated)"},
    {.name = "endpoint", .value = "HOST[:PORT]", .help = "what clients dial (the outside address)"},
    {.name = "internet", .value = "ZONE", .help = "where it goes out (the zone of the default route)"},
    {.name = "resource",
     .value = "PREFIX",
     .help = "what clients reach: prefixes or sets, a list",
     .repeats = true},
    {.name = "route", .value = "PREFIX", .help = "l3vpn: behind the gateway itself, a list", .repeats = true},
    {.name = "mesh", .value = "KIND", .help = "l3vpn: how sites meet, hub (the default) or direct"},
    {.name = "dns", .value = "ADDRESS", .help = "resolvers that clients are told, a list", .repeats = true},
    {.name = "peers-may-talk", .help = "let clients reach each other"},
    {.name = "vlans",
     .value = "RANGE",
     .help = "of l2-point-to-point and l2-mesh: 100-110,200 (all)",
     .repeats = true},
    {.name = "vni", .value = "NUMBER", .help = "of an l2-mesh (the default: one is allocated)"},
    {.name = "attach",
     .value = "DEVICE",
     .help = "devices of the gateway in its LAN, a list",
     .repeats = true},
    kWhy,
    kOutput,
};
inline constexpr Option kClusterJoin[] = {
    {.name = "etcd", .value = "URL", .help = "where etcd is, a list", .required = true, .repeats = true},
    {.name = "ca-file", .value = "FILE", .help = "whose certificates of etcd are good (the machine's)"},
    {.name = "cert-file", .value = "FILE", .help = "the certificate that this gateway shows"},
    {.name = "key-file", .value = "FILE", .help = "its key"},
    {.name = "replace", .help = "take the cluster's document in place of its own"},
    kWhy,
    kOutput,
};
inline constexpr std::string_view kEgressChoices[] = {"drop", "accept"};
inline constexpr Option kPodAdd[] = {
    {.name = "owner", .value = "USER", .help = "whose it is"},
    {.name = "service",
     .value = "NAME:PORT[/PROTOCOL]",
     .help = "what it serves, tcp or udp (tcp)",
     .repeats = true},
    {.name = "publish", .value = "NAME", .help = "give this service a port outside", .repeats = true},
    {.name = "ingress",
     .value = "WHO",
     .help = "lets in zone:NAME, pod:NAME or a prefix, a list",
     .repeats = true},
    {.name = "egress",
     .value = "WORD",
     .help = "whether it reaches the internet (drop)",
     .choices = kEgressChoices},
    {.name = "prefix", .value = "PREFIX", .help = "networks that it reaches, a list", .repeats = true},
    {.name = "port", .value = "PORTS", .help = "of those networks, a list (any)", .repeats = true},
    {.name = "bandwidth", .value = "GUARANTEED:MAXIMUM", .help = "its share of the lines, both ways"},
    kWhy,
    kOutput,
};
inline constexpr Option kRelayAdd[] = {
    {.name = "public-key",
     .value = "KEY",
     .help = "what `sluice reachability key` prints there",
     .required = true},
    {.name = "rate", .value = "RATE", .help = "its bandwidth, each direction (the relay's): 50mbit"},
    {.name = "quota", .value = "BYTES", .help = "in a month, both directions (the relay's): 100GB/month"},
    {.name = "to-port", .value = "PORT", .help = "where its own WireGuard listens (51820)"},
    {.name = "port", .value = "PORT", .help = "its UDP port here (the default: one is allocated)"},
    kWhy,
    kOutput,
};
inline constexpr Option kEndpointAdd[] = {
    {.name = "type", .value = "TYPE", .help = "mobile, cpe or gateway", .required = true},
    {.name = "public-key", .value = "KEY", .help = "the client keeps its private key"},
    {.name = "generate", .help = "the gateway makes the pair (default), until `forget`"},
    {.name = "address", .value = "ADDRESS", .help = "in the tunnel (the default: one is allocated)"},
    {.name = "expires", .value = "TIME", .help = "when it ends: 2027-01-01T00:00:00Z"},
    {.name = "route", .value = "PREFIX", .help = "networks behind it, a list", .repeats = true},
    {.name = "dial", .value = "ADDRESS:PORT", .help = "where the gateway calls it"},
    {.name = "keepalive",
     .value = "TIME",
     .help = "how often it is sent a packet, which keeps NAT open: 25s"},
    {.name = "maximum", .value = "RATE", .help = "its bandwidth, each direction: 50mbit"},
    {.name = "mac-limit", .value = "NUMBER", .help = "of an l2 network: its most MAC addresses (64)"},
    kWhy,
    kOutput,
};

}   // namespace sluice::cli
