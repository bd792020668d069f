// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway says itself.
#include "dns/message_parts.hpp"
#include "dns/wire_text.hpp"

namespace sluice::dns {
namespace {

constexpr uint32_t kOwnTime = 30;   // seconds: a document may say something else at any time
constexpr uint16_t kToQuestion = 0xc000 | kHeader;
constexpr uint16_t kTypeSoa = 6;

// A record of the name that was asked for.
void put_row(Bytes& message, uint16_t type, BytesView data) {
  put_number(message, kToQuestion);
  put_number(message, type);
  put_number(message, kClassIn);
  put_number(message, 0);
  put_number(message, kOwnTime);
  put_number(message, static_cast<uint16_t>(data.size()));
  message.insert(message.end(), data.begin(), data.end());
}

}   // namespace

Bytes write_error(const Query& query, Rcode rcode) { return end_answer(query, begin_answer(query, rcode)); }

Bytes write_nothing(const Query& query, Rcode rcode) {
  Bytes message = begin_answer(query, rcode);
  Bytes data;
  for (const char* name : {"sluice.internal", "nobody.invalid"}) {
    const Bytes wire = wire_of_name(name);
    data.insert(data.end(), wire.begin(), wire.end());
  }
  for (const uint16_t field : {1, 3600, 600, 7200, 30}) {   // serial, refresh, retry, expire, minimum
    put_number(data, 0);
    put_number(data, field);
  }
  put_row(message, kTypeSoa, data);
  count_one(message, kAuthority);
  return end_answer(query, std::move(message));
}

Bytes write_addresses(const Query& query, const std::vector<IpAddress>& addresses) {
  Bytes message = begin_answer(query, kNoError);
  for (const IpAddress& address : addresses) {
    if (address.is_ipv4() != (query.type == kTypeA)) continue;
    const BytesView all = address.bytes();
    put_row(message, query.type, address.is_ipv4() ? all.subspan(12) : all);
    count_one(message, kAnswers);
  }
  return end_answer(query, std::move(message));
}

Bytes write_name(const Query& query, const std::string& name) {
  Bytes message = begin_answer(query, kNoError);
  put_row(message, kTypePtr, wire_of_name(name));
  count_one(message, kAnswers);
  return end_answer(query, std::move(message));
}

}   // namespace sluice::dns
