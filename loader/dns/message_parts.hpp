// SPDX-License-Identifier: GPL-2.0-or-later
// How messages are put together, for the files of this folder.
#pragma once

#include <optional>

#include "dns/message.hpp"

namespace sluice::dns {

inline constexpr size_t kHeader = 12, kTypeAndClass = 4, kOptRow = 11;
inline constexpr uint8_t kQr = 0x80, kOpcode = 0x78, kAa = 0x04, kTc = 0x02, kRd = 0x01;   // byte 2
inline constexpr uint8_t kRa = 0x80, kAd = 0x20, kCd = 0x10, kRcode = 0x0f;                // byte 3
inline constexpr uint16_t kClassIn = 1, kTypeOpt = 41, kTypeTsig = 250;

inline uint16_t number_at(BytesView bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
void put_number(Bytes& bytes, uint16_t number);
void set_number(Bytes& bytes, size_t at, uint16_t number);

// Where the header counts the rows of a section.
enum Count : size_t { kAnswers = 6, kAuthority = 8, kAdditional = 10 };
void count_one(Bytes& message, Count which);
size_t rows_of(BytesView message);   // of all three

// Of a record, without following what its names point to; nullopt: there is no whole one.
struct Row {
  uint16_t type = 0;
  size_t begin = 0, time = 0, end = 0;
};
std::optional<size_t> end_of_name(BytesView message, size_t at);
std::optional<Row> row_at(BytesView message, size_t at);

// The header of an answer, or of a question where `flags` say so, and the question.
Bytes begin_message(const Query& query, uint16_t id, uint8_t flags2, uint8_t flags3);
void put_opt(Bytes& message, bool dnssec);
Bytes begin_answer(const Query& query, Rcode rcode);
Bytes end_answer(const Query& query, Bytes message);   // with OPT, if the client has EDNS

}   // namespace sluice::dns
