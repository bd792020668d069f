// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/pcapng.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace sluice::pcapng {
namespace {

enum Type : uint32_t { kSection = 0x0a0d0d0a, kInterface = 1, kStatistics = 5, kPacket = 6 };
constexpr uint32_t kByteOrder = 0x1a2b3c4d;
constexpr uint8_t kNanoseconds = 9;   // powers of ten below a second
constexpr size_t kLongestOption = 0xffff;

enum Option : uint16_t {
  kEnd = 0,
  kComment = 1,
  kApplication = 4,   // of a section
  kName = 2,          // of an interface
  kDescription = 3,
  kResolution = 9,
  kFlags = 2,   // of a packet
  kDropCount = 4,
  kPacketId = 5,
  kVerdict = 7,
  kStart = 2,   // of statistics
  kStop = 3,
  kReceived = 4,
  kLost = 5,
  kDelivered = 8,
};

template <class T>
void put(std::string& out, T value) {
  static_assert(std::is_unsigned_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void put_time(std::string& out, uint64_t time) {
  put(out, static_cast<uint32_t>(time >> 32));
  put(out, static_cast<uint32_t>(time));
}

void pad(std::string& out, size_t size) { out.append((4 - size % 4) % 4, '\0'); }

void put_option(std::string& out, uint16_t code, std::string_view value) {
  const size_t size = std::min(value.size(), kLongestOption);
  put(out, code);
  put(out, static_cast<uint16_t>(size));
  out.append(value.substr(0, size));
  pad(out, size);
}

template <class T>
void put_number(std::string& out, uint16_t code, T value) {
  put_option(out, code, {reinterpret_cast<const char*>(&value), sizeof(value)});
}

void put_time_option(std::string& out, uint16_t code, uint64_t time) {
  std::string value;
  put_time(value, time);
  put_option(out, code, value);
}

void put_text(std::string& out, uint16_t code, std::string_view text) {
  if (!text.empty()) put_option(out, code, text);
}

struct [[gnu::packed]] FlagsAndId {
  uint16_t flags_code = kFlags, flags_size = sizeof(uint32_t);
  uint32_t flags;
  uint16_t id_code = kPacketId, id_size = sizeof(uint64_t);
  uint64_t id;
};

struct [[gnu::packed]] VerdictOption {
  uint16_t code = kVerdict, size = sizeof(uint8_t) + sizeof(uint64_t);
  uint8_t kind;
  uint64_t value;
  uint8_t padding[3]{};
};

template <class T>
void put_fixed(std::string& out, const T& options) {
  static_assert(sizeof(T) % 4 == 0);
  out.append(reinterpret_cast<const char*>(&options), sizeof(options));
}

// A block's length stands at both of its ends, and is known when all is in it.
class Block {
 public:
  Block(std::string& out, Type type) : out_(out), begin_(out.size()) {
    put<uint32_t>(out_, type);
    put<uint32_t>(out_, 0);
  }
  ~Block() {
    put<uint16_t>(out_, kEnd);
    put<uint16_t>(out_, 0);
    const auto length = static_cast<uint32_t>(out_.size() - begin_ + sizeof(uint32_t));
    put(out_, length);
    std::memcpy(out_.data() + begin_ + sizeof(uint32_t), &length, sizeof(length));
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

 private:
  std::string& out_;
  const size_t begin_;
};

}   // namespace

void put_section(std::string& out, std::string_view application) {
  const Block block(out, kSection);
  put(out, kByteOrder);
  put<uint16_t>(out, 1);   // version 1.0
  put<uint16_t>(out, 0);
  put(out, ~uint64_t{0});   // how long it will be is not known
  put_text(out, kApplication, application);
}

void put_interface(std::string& out, const Interface& interface) {
  const Block block(out, kInterface);
  put(out, static_cast<uint16_t>(interface.link));
  put<uint16_t>(out, 0);
  put(out, interface.snaplen);
  put_text(out, kName, interface.name);
  put_text(out, kDescription, interface.description);
  put_number(out, kResolution, kNanoseconds);
}

// Of a packet there may be very many: what all of them have is written in one piece.
void put_packet(std::string& out, const Packet& packet) {
  const Block block(out, kPacket);
  const uint32_t head[] = {packet.interface, static_cast<uint32_t>(packet.time >> 32),
                           static_cast<uint32_t>(packet.time), static_cast<uint32_t>(packet.bytes.size()),
                           packet.length};
  out.append(reinterpret_cast<const char*>(head), sizeof(head));
  out.append(reinterpret_cast<const char*>(packet.bytes.data()), packet.bytes.size());
  pad(out, packet.bytes.size());
  put_text(out, kComment, packet.comment);
  if (packet.lost) put_number(out, kDropCount, packet.lost);
  put_fixed(out, FlagsAndId{.flags = static_cast<uint32_t>(packet.direction), .id = packet.id});
  if (packet.verdict)
    put_fixed(out, VerdictOption{.kind = static_cast<uint8_t>(packet.verdict->kind),
                                 .value = packet.verdict->value});
}

void put_statistics(std::string& out, const Statistics& statistics) {
  const Block block(out, kStatistics);
  put(out, statistics.interface);
  put_time(out, statistics.time);
  put_text(out, kComment, statistics.comment);
  put_time_option(out, kStart, statistics.began);
  put_time_option(out, kStop, statistics.ended);
  put_number(out, kReceived, statistics.received);
  put_number(out, kLost, statistics.lost);
  put_number(out, kDelivered, statistics.written);
}

}   // namespace sluice::pcapng
