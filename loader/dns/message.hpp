// SPDX-License-Identifier: GPL-2.0-or-later
// Messages of DNS (RFC 1035, 2308, 6891) as far as a forwarder has to understand them. ldns takes them apart.
// What strangers sent is answered as bytes that were checked, with other ids, times and flags, and is never
// put together anew.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/address.hpp"

namespace sluice::dns {

using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;

enum Rcode : uint8_t { kNoError = 0, kFormErr = 1, kServFail = 2, kNxDomain = 3, kNotImp = 4, kRefused = 5 };
inline constexpr uint16_t kTypeA = 1, kTypePtr = 12, kTypeAaaa = 28;
// Payloads that no path fragments (DNS flag day 2020), and what everybody takes.
inline constexpr uint16_t kEdnsPayload = 1232, kPlainPayload = 512;
inline constexpr size_t kLongestMessage = 65535;

struct Query {
  uint16_t id = 0;
  std::string name;                    // in lower case, without the last dot; empty: the root
  uint16_t type = 0;                   // of class IN
  Bytes question;                      // as it was spelt: name, type and class
  bool recursion = false;              // RD
  bool unchecked = false;              // CD
  bool asks_for_ad = false;            // AD or DO: whether the answer may say AD (RFC 6840 section 5.7)
  bool edns = false, dnssec = false;   // DO
  uint16_t room = kPlainPayload;       // of an answer in a datagram
};

// What is answered to a message that is no question for us; nothing: no answer at all.
using Refusal = std::optional<Bytes>;
std::expected<Query, Refusal> read_query(BytesView message);

// What an upstream is asked. With EDNS, so that it tells as much as fits.
Bytes write_question(const Query& query, uint16_t id);

struct FoundAddress {
  IpAddress address;
  std::chrono::seconds lives{};   // its row and each alias before it
};

struct Reply {
  Bytes message;   // without OPT; the id is the upstream's
  Rcode rcode = kServFail;
  bool truncated = false;
  std::vector<uint16_t> times;           // where TTLs stand
  std::chrono::seconds lives{};          // for how long it may be told again
  std::vector<FoundAddress> addresses;   // of the name that was asked for, through its aliases
  size_t bytes() const {
    return message.size() + times.size() * sizeof(uint16_t) + addresses.size() * sizeof(FoundAddress) +
           sizeof(*this);
  }
};

// Nothing: it is no answer to this question.
std::optional<Reply> read_reply(BytesView message, const Query& query, uint16_t id);

// The same without the addresses that are not wanted, in any of its rows, hints of services (RFC 9460) among
// them.
std::optional<Reply> without_addresses(const Reply& reply, const Query& query,
                                       const std::function<bool(const IpAddress&)>& wanted);

// Whether all of it goes into `most` bytes.
bool fits(const Reply& reply, const Query& query, size_t most);
// The answer to this client, `age` after the reply came. `most`: bytes; what is longer is cut off after the
// question, with TC.
Bytes write_answer(const Reply& reply, const Query& query, std::chrono::seconds age, size_t most);

// What the gateway says itself.
Bytes write_error(const Query& query, Rcode rcode);
// NXDOMAIN or no data (RFC 2308): with an SOA, so that it may be kept.
Bytes write_nothing(const Query& query, Rcode rcode);
Bytes write_addresses(const Query& query, const std::vector<IpAddress>& addresses);   // of the asked type
Bytes write_name(const Query& query, const std::string& name);                        // PTR

// "2.0.0.10.in-addr.arpa" and the like of IPv6.
std::string reverse_name(const IpAddress& address);

}   // namespace sluice::dns
