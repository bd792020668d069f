// SPDX-License-Identifier: GPL-2.0-or-later
// Options of the verbs that look at packets and at what happens.
#pragma once

#include "api/feed.hpp"
#include "cli/options_that_add.hpp"

namespace sluice::cli {

// Of which packets: each may be said several times.
inline constexpr Option kOfForward{
    .name = "forward", .value = "NAME", .help = "of a forward or service, both directions", .repeats = true};
inline constexpr Option kOfZone{.name = "zone", .value = "ZONE", .help = "from or to it", .repeats = true};
inline constexpr Option kOfVrf{.name = "vrf", .value = "VRF", .help = "from or to it", .repeats = true};
inline constexpr Option kOfEndpoint{.name = "endpoint",
                                    .value = "NETWORK/NAME",
                                    .help = "from or to it, or what is behind it",
                                    .repeats = true};
inline constexpr Option kOfReason{
    .name = "reason", .value = "REASON", .help = "dropped for it (see docs/drops.md)", .repeats = true};
inline constexpr Option kOfDrops{.name = "drops", .help = "only packets that are dropped"};
inline constexpr Option kPacketCount{"count", 'c', "N", "end after so many packets"};

inline constexpr Option kExplain[] = {
    {.name = "from",
     .value = "NETWORK/NAME",
     .help = "the endpoint that sends it, in place of --in and --source"},
    {.name = "in", .value = "INTERFACE", .help = "where the packet would come in"},
    {.name = "protocol", .value = "PROTOCOL", .help = "tcp, udp, icmp (an echo request), ... or a number"},
    {.name = "source", .value = "ADDRESS:PORT", .help = "[ADDRESS]:PORT for IPv6; without ports ADDRESS"},
    {.name = "destination",
     .value = "ADDRESS:PORT",
     .help = "the same, as the sender calls it; or NETWORK/NAME:PORT"},
    {"new", 0, "", "as if there were no flow of it yet"},
    {"watch", 0, "", "of packets as they come: which, FILTER and what follows"},
    kPacketCount,
    kOfDrops,
    kOfForward,
    kOfZone,
    kOfVrf,
    kOfEndpoint,
    kOfReason,
    kOutput,
};

inline constexpr std::string_view kMonitorFormats[] = {"text", "jsonl"};
inline constexpr Option kMonitor[] = {
    {.name = "drops", .help = "packets that are dropped, as rates"},
    {.name = "flows", .help = "flows that begin and end, and what is logged of mappings"},
    {"health", 0, "", "changes of the states of backends of services"},
    {.name = "changes", .help = "changes of the states of everything"},
    {"now", 0, "", "first how each of them is"},
    {.name = "output",
     .letter = 'o',
     .value = "FORMAT",
     .help = "jsonl, or text as at a terminal",
     .choices = kMonitorFormats},
};

inline constexpr Option kTop[] = {
    {.name = "tab", .value = "TAB", .help = "the table that is shown first (flows)", .choices = kTopNames},
    {.name = "filter", .value = "TEXT", .help = "at first only rows with this text in a cell"},
};

inline constexpr Option kFlowKill[] = {
    {.name = "protocol", .value = "PROTOCOL", .help = "tcp, udp, icmp, ... or a number", .required = true},
    {.name = "source",
     .value = "ADDRESS:PORT",
     .help = "as `show flows` has it; [ADDRESS]:PORT for IPv6",
     .required = true},
    {.name = "destination", .value = "ADDRESS:PORT", .help = "the same", .required = true},
    {.name = "vrf", .value = "VRF", .help = "that it began in (the default: the main one)"},
    kOutput,
};

inline constexpr Option kCapture[] = {
    {"pcapng", 'w', "FILE", "where it goes, as pcapng; - for standard output"},
    kPacketCount,
    kOfDrops,
    {"snaplen", 0, "N", "bytes of each packet (65000)"},
    kOfForward,
    kOfZone,
    kOfVrf,
    kOfEndpoint,
    kOfReason,
    {"seconds", 0, "N", "end after this time at the latest (3600)"},
    {"size", 0, "MIB", "end after so much at the latest (1024)"},
};

inline constexpr Option kWhose[] = {
    {.name = "outside",
     .value = "ADDRESS:PORT",
     .help = "as a stranger saw it; [ADDRESS]:PORT for IPv6",
     .required = true},
    kOutput,
};

}   // namespace sluice::cli
