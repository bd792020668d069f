// SPDX-License-Identifier: GPL-2.0-or-later
// Blocks of pcapng (draft-ietf-opsawg-pcapng), as bytes. Numbers are in host byte order, as the format has
// it; times are nanoseconds since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::pcapng {

enum class LinkType : uint16_t {
  kEthernet = 1,
  kIp = 101
};   // the registry's numbers; kIp: IPv4 or IPv6, told by its version

struct Interface {
  std::string name, description;
  LinkType link = LinkType::kEthernet;
  uint32_t snaplen = 0;
};

enum class Direction : uint8_t { kIn = 1, kOut = 2 };

// What a hook answered: its kind, and the value.
struct Verdict {
  enum class Kind : uint8_t { kTc = 1, kXdp = 2 };
  Kind kind;
  uint64_t value;
};

struct Packet {
  uint32_t interface = 0;   // number of its block, from 0
  uint64_t time = 0;
  uint32_t length = 0;   // as it was on the wire
  std::span<const std::byte> bytes;
  Direction direction = Direction::kIn;
  uint64_t id = 0;
  uint64_t lost = 0;   // packets between this one and the one before
  std::optional<Verdict> verdict;
  std::string_view comment;
};

struct Statistics {
  uint32_t interface = 0;
  uint64_t time = 0, began = 0, ended = 0;
  uint64_t received = 0, lost = 0, written = 0;
  std::string comment;
};

// Appends a block.
void put_section(std::string& out, std::string_view application);
void put_interface(std::string& out, const Interface& interface);
void put_packet(std::string& out, const Packet& packet);
void put_statistics(std::string& out, const Statistics& statistics);

}   // namespace sluice::pcapng
