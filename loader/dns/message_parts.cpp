// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns/message_parts.hpp"

#include <utility>

namespace sluice::dns {

void put_number(Bytes& bytes, uint16_t number) {
  bytes.push_back(static_cast<uint8_t>(number >> 8));
  bytes.push_back(static_cast<uint8_t>(number));
}

void set_number(Bytes& bytes, size_t at, uint16_t number) {
  bytes[at] = static_cast<uint8_t>(number >> 8);
  bytes[at + 1] = static_cast<uint8_t>(number);
}

size_t rows_of(BytesView message) {
  size_t rows = 0;
  for (const Count section : {kAnswers, kAuthority, kAdditional}) rows += number_at(message, section);
  return rows;
}

std::optional<size_t> end_of_name(BytesView message, size_t at) {
  while (at < message.size()) {
    const uint8_t length = message[at];
    if (length == 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length >= 0x40) return std::nullopt;
    at += size_t{1} + length;
  }
  return std::nullopt;
}

std::optional<Row> row_at(BytesView message, size_t at) {
  constexpr size_t kAfterName = 10, kTime = 4, kLength = 8;
  const auto name = end_of_name(message, at);
  if (!name || *name + kAfterName > message.size()) return std::nullopt;
  const Row row{number_at(message, *name), at, *name + kTime,
                *name + kAfterName + number_at(message, *name + kLength)};
  return row.end <= message.size() ? std::optional(row) : std::nullopt;
}

Bytes begin_message(const Query& query, uint16_t id, uint8_t flags2, uint8_t flags3) {
  Bytes message;
  put_number(message, id);
  message.push_back(flags2);
  message.push_back(flags3);
  for (const uint16_t count : {1, 0, 0, 0}) put_number(message, count);
  message.insert(message.end(), query.question.begin(), query.question.end());
  return message;
}

void count_one(Bytes& message, Count which) { set_number(message, which, number_at(message, which) + 1); }

void put_opt(Bytes& message, bool dnssec) {
  message.push_back(0);
  put_number(message, kTypeOpt);
  put_number(message, kEdnsPayload);
  for (const uint16_t word : {0, dnssec ? 0x8000 : 0, 0}) put_number(message, word);
  count_one(message, kAdditional);
}

Bytes begin_answer(const Query& query, Rcode rcode) {
  const auto flags2 = static_cast<uint8_t>(kQr | (query.recursion ? kRd : 0));
  const auto flags3 = static_cast<uint8_t>(kRa | (query.unchecked ? kCd : 0) | rcode);
  return begin_message(query, query.id, flags2, flags3);
}

Bytes end_answer(const Query& query, Bytes message) {
  if (query.edns) put_opt(message, query.dnssec);
  return message;
}

}   // namespace sluice::dns
