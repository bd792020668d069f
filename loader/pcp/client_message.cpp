// SPDX-License-Identifier: GPL-2.0-or-later
#include "pcp/client_message.hpp"

#include <netinet/in.h>

#include "base/hex.hpp"
#include "pcp/layout.hpp"

namespace sluice::pcp {
namespace {

// RFC 6886 section 3.5.
Code code_of_nat_pmp(uint16_t code) {
  switch (code) {
    case 0: return Code::kSuccess;
    case 1: return Code::kUnsupportedVersion;
    case 2: return Code::kNotAuthorized;
    case 3: return Code::kNetworkFailure;
    case 5: return Code::kUnsupportedOpcode;
    default: return Code::kNoResources;
  }
}

// Those that are newer than this reader pass some day, as far as it knows.
Code code_of_pcp(uint8_t code) {
  return code <= static_cast<uint8_t>(Code::kAddressMismatch) ? static_cast<Code>(code) : Code::kNoResources;
}

// An error may be short (section 3.5): what it was about is then not known.
std::optional<Answer> read_nat_pmp_answer(BytesView message) {
  constexpr size_t kShortest = 8;
  if (message.size() < kShortest || message.size() > kPmpMapAnswer) return std::nullopt;
  Answer answer;
  answer.is_nat_pmp = true;
  const auto opcode = static_cast<uint8_t>(message[1] & ~kAnswerBit);
  answer.code = code_of_nat_pmp(read16(message, 2));
  answer.epoch = read32(message, 4);
  if (opcode == kPmpAddress) {
    answer.kind = Kind::kAddress;
    if (message.size() >= kPmpAddressAnswer) answer.address = IpAddress::from_ipv4(read32(message, 8));
    const bool is_whole = message.size() == kPmpAddressAnswer || answer.code != Code::kSuccess;
    return is_whole ? std::optional(answer) : std::nullopt;
  }
  answer.kind = Kind::kMap;
  answer.protocol = opcode == kPmpMapUdp ? IPPROTO_UDP : IPPROTO_TCP;
  if (opcode > kPmpMapTcp) return std::nullopt;
  if (message.size() != kPmpMapAnswer)
    return answer.code == Code::kSuccess ? std::nullopt : std::optional(answer);
  answer.inner = read16(message, 8);
  answer.port = read16(message, 10);
  answer.life = read32(message, 12);
  return answer;
}

std::optional<Answer> read_pcp_answer(BytesView message) {
  const bool is_whole =
      message.size() >= kHeader && message.size() <= kLongestMessage && message.size() % 4 == 0;
  if (!is_whole) return std::nullopt;
  Answer answer;
  answer.code = code_of_pcp(message[3]);
  answer.life = read32(message, 4);
  answer.epoch = read32(message, 8);
  const auto opcode = static_cast<uint8_t>(message[1] & ~kAnswerBit);
  if (opcode == kOpAnnounce) return answer;
  if (opcode != kOpMap || message.size() < kMapEnd) return std::nullopt;
  answer.kind = Kind::kMap;
  std::copy_n(message.begin() + kHeader, answer.nonce.size(), answer.nonce.begin());
  answer.protocol = message[36];
  answer.inner = read16(message, 40);
  answer.port = read16(message, 42);
  answer.address = read_address(message, 44);
  return answer;
}

}   // namespace

// Section 11.1 of RFC 6887: any address of the same family is as good as another.
Bytes write_pcp_request(const PortWish& wish) {
  Bytes message(kMapEnd);
  message[0] = kPcpVersion;
  message[1] = kOpMap;
  put32(message, 4, wish.life);
  put_address(message, 8, wish.client);
  std::ranges::copy(wish.nonce, message.begin() + kHeader);
  message[36] = IPPROTO_UDP;
  put16(message, 40, wish.inner);
  put16(message, 42, wish.wanted);
  put_address(message, 44, wish.client.is_ipv4() ? IpAddress() : *IpAddress::parse("::"));
  return message;
}

Bytes write_nat_pmp_request(const PortWish& wish) {
  Bytes message(kPmpMapRequest);
  message[1] = kPmpMapUdp;
  put16(message, 4, wish.inner);
  put16(message, 6, wish.life ? wish.wanted : 0);   // section 3.4: a life of 0 has no outside port
  put32(message, 8, wish.life);
  return message;
}

Bytes write_nat_pmp_address_request() { return Bytes(kPmpAddressRequest); }

std::optional<Answer> read_answer(BytesView message) {
  if (message.size() < 2 || !(message[1] & kAnswerBit)) return std::nullopt;
  if (message[0] == kNatPmp) return read_nat_pmp_answer(message);
  return message[0] == kPcpVersion ? read_pcp_answer(message) : std::nullopt;
}

std::string_view reason_of(Code code) {
  switch (code) {
    case Code::kSuccess: return "granted";
    case Code::kUnsupportedVersion: return "it does not know this version of the protocol";
    case Code::kNotAuthorized: return "it may not be given, or somebody else has it";
    case Code::kMalformedRequest:
    case Code::kMalformedOption: return "it does not understand what is asked";
    case Code::kUnsupportedOpcode:
    case Code::kUnsupportedOption:
    case Code::kUnsupportedProtocol: return "it does not know what is asked";
    case Code::kNetworkFailure: return "it has no outside address itself";
    case Code::kNoResources: return "it has no room for more";
    case Code::kQuota: return "it gives no more to one host";
    case Code::kCannotProvide: return "it cannot give that port";
    case Code::kAddressMismatch: return "there is another NAT in between";
  }
  return "it gives no reason";
}

std::optional<Nonce> parse_nonce(std::string_view hex) {
  Nonce nonce{};
  return read_hex(hex, nonce) ? std::optional(nonce) : std::nullopt;
}

}   // namespace sluice::pcp
