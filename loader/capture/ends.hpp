// SPDX-License-Identifier: GPL-2.0-or-later
// Between whom a captured packet goes, read from its headers (RFC 791, 8200, 9293, 792, 4443).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "capture/record.hpp"
#include "capture/shapes.hpp"
#include "model/address.hpp"

namespace sluice {

struct PacketEnds {
  Endpoint source, destination;   // ports: 0 where there are none
  uint8_t protocol = 0;
  bool is_question =
      false;             // `explain` can be asked about it: no later fragment, no error, no answer to an echo
  bool begins = false;   // a connection of TCP
};

// Of the packet in the tunnel, where it came by one. Nothing: it is no IP.
std::optional<PacketEnds> ends_of(const CapturedPacket& packet, bool has_ethernet);
// Of one of its shapes, outer headers as they are.
std::optional<PacketEnds> ends_of(const CapturedShape& shape);

// "tcp 192.0.2.1:4000 > 203.0.113.1:80"
std::string in_words(const PacketEnds& ends);

}   // namespace sluice
