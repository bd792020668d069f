// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns/message.hpp"

#include <algorithm>
#include <array>

#include "dns/message_parts.hpp"
#include "dns/packet.hpp"
#include "dns/wire_text.hpp"

namespace sluice::dns {
namespace {

constexpr uint16_t kFirstMetaType = 128, kLastMetaType = 255;
constexpr std::chrono::seconds kFailureLives{1};

bool is_meta_type(uint16_t type) { return type >= kFirstMetaType && type <= kLastMetaType; }

// The header alone: to what cannot be read further.
Bytes refuse_unread(BytesView message, Rcode rcode) {
  Bytes answer(message.begin(), message.begin() + kHeader);
  answer[2] = static_cast<uint8_t>(kQr | (answer[2] & (kOpcode | kRd)));
  answer[3] = rcode;
  std::fill(answer.begin() + 4, answer.end(), 0);
  return answer;
}

uint32_t time_at(BytesView message, size_t at) {
  const uint32_t time = uint32_t{number_at(message, at)} << 16 | number_at(message, at + 2);
  return time & 0x80000000u ? 0 : time;   // RFC 2181 section 8
}

// Notes where times stand and takes OPT away, which has to be the last row: what comes after it may point to
// what stands after it.
bool walk_rows(Reply& reply, size_t begin) {
  Bytes& message = reply.message;
  size_t at = begin;
  for (size_t rows = rows_of(message); rows > 0; --rows) {
    const auto row = row_at(message, at);
    if (!row) return false;
    if (row->type == kTypeOpt) {
      if (rows != 1) return false;
      message.resize(row->begin);
      set_number(message, kAdditional, number_at(message, kAdditional) - 1);
      return true;
    }
    reply.times.push_back(static_cast<uint16_t>(row->time));
    at = row->end;
  }
  message.resize(at);
  return true;
}

std::chrono::seconds life_of(const Reply& reply, const ldns_pkt* packet) {
  if (reply.truncated) return {};
  if (reply.rcode != kNoError && reply.rcode != kNxDomain) return kFailureLives;
  const bool nothing = reply.rcode == kNxDomain || ldns_pkt_ancount(packet) == 0;
  std::chrono::seconds life = nothing ? life_of_nothing(packet) : kLongestLife;
  for (size_t i = 0; i < ldns_pkt_ancount(packet) && i < reply.times.size(); ++i)
    life = std::min(life, std::chrono::seconds(time_at(reply.message, reply.times[i])));
  return life;
}

bool is_same_question(BytesView message, const Query& query) {
  const size_t size = query.question.size();
  if (message.size() < kHeader + size || number_at(message, 4) != 1) return false;
  const BytesView asked = message.subspan(kHeader, size);
  return std::ranges::equal(asked, query.question,
                            [](uint8_t a, uint8_t b) { return lower_case(a) == lower_case(b); });
}

// Of a message of which a part is told: the header and the question.
Bytes cut_off(const Reply& reply, const Query& query) {
  Bytes message(kHeader + query.question.size());
  std::copy_n(reply.message.begin(), ptrdiff_t{kAnswers}, message.begin());
  message[2] |= kTc;
  std::ranges::copy(query.question, message.begin() + kHeader);
  return message;
}

void lower_times(Bytes& message, const std::vector<uint16_t>& times, std::chrono::seconds age) {
  for (const uint16_t at : times) {
    const uint32_t before = time_at(message, at), gone = static_cast<uint32_t>(age.count());
    const uint32_t left = before > gone ? before - gone : 0;
    set_number(message, at, static_cast<uint16_t>(left >> 16));
    set_number(message, at + 2, static_cast<uint16_t>(left));
  }
}

}   // namespace

std::expected<Query, Refusal> read_query(BytesView message) {
  const auto refuse = [&](Rcode rcode) { return std::unexpected(Refusal(refuse_unread(message, rcode))); };
  if (message.size() < kHeader || message[2] & kQr) return std::unexpected(Refusal());
  if (message[2] & kOpcode) return refuse(kNotImp);
  const Packet packet = take_apart(message);
  if (!packet || number_at(message, 4) != 1) return refuse(kFormErr);
  const auto end = end_of_name(message, kHeader);
  if (!end || *end + kTypeAndClass > message.size()) return refuse(kFormErr);
  const auto name = text_of_name(message.subspan(kHeader, *end - kHeader));
  if (!name) return refuse(kFormErr);
  Query query{.id = number_at(message, 0), .name = *name, .type = number_at(message, *end)};
  query.question.assign(message.begin() + kHeader,
                        message.begin() + static_cast<ptrdiff_t>(*end + kTypeAndClass));
  query.recursion = message[2] & kRd;
  query.unchecked = message[3] & kCd;
  query.edns = ldns_pkt_edns(packet.get());
  query.dnssec = query.edns && ldns_pkt_edns_do(packet.get());
  query.asks_for_ad = query.dnssec || message[3] & kAd;
  if (query.edns) query.room = std::clamp(ldns_pkt_edns_udp_size(packet.get()), kPlainPayload, kEdnsPayload);
  if (number_at(message, *end + 2) != kClassIn || is_meta_type(query.type))
    return std::unexpected(Refusal(write_error(query, kRefused)));
  return query;
}

Bytes write_question(const Query& query, uint16_t id) {
  const auto flags3 = static_cast<uint8_t>((query.asks_for_ad ? kAd : 0) | (query.unchecked ? kCd : 0));
  Bytes message = begin_message(query, id, kRd, flags3);
  put_opt(message, query.dnssec);
  return message;
}

std::optional<Reply> read_reply(BytesView message, const Query& query, uint16_t id) {
  if (message.size() < kHeader || !(message[2] & kQr) || message[2] & kOpcode) return std::nullopt;
  if (number_at(message, 0) != id || !is_same_question(message, query)) return std::nullopt;
  Reply reply{.message = Bytes(message.begin(), message.end()),
              .rcode = static_cast<Rcode>(message[3] & kRcode),
              .truncated = (message[2] & kTc) != 0};
  const Packet packet = take_apart(message);
  if (!packet) return std::nullopt;
  const size_t begin = kHeader + query.question.size();
  if (!walk_rows(reply, begin)) {
    auto anew = without_opt(packet.get());
    reply.times.clear();
    if (!anew) return std::nullopt;
    reply.message = std::move(*anew);
    if (!is_same_question(reply.message, query) || !walk_rows(reply, begin)) return std::nullopt;
  }
  reply.lives = life_of(reply, packet.get());
  reply.addresses = addresses_of(packet.get());
  return reply;
}

bool fits(const Reply& reply, const Query& query, size_t most) {
  return reply.message.size() + (query.edns ? kOptRow : 0) <= most;
}

Bytes write_answer(const Reply& reply, const Query& query, std::chrono::seconds age, size_t most) {
  const bool whole = fits(reply, query, most);
  Bytes message = whole ? reply.message : cut_off(reply, query);
  if (whole) lower_times(message, reply.times, age);
  std::ranges::copy(query.question, message.begin() + kHeader);   // as this client spelt it
  set_number(message, 0, query.id);
  const uint8_t keep3 = query.asks_for_ad ? kAd | kRcode : kRcode;
  message[2] = static_cast<uint8_t>((message[2] & ~(kRd | kAa)) | (query.recursion ? kRd : 0));
  message[3] = static_cast<uint8_t>((message[3] & keep3) | kRa | (query.unchecked ? kCd : 0));
  return end_answer(query, std::move(message));
}

}   // namespace sluice::dns
