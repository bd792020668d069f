// SPDX-License-Identifier: GPL-2.0-or-later
#include "pcp/message.hpp"

#include <netinet/in.h>

#include <algorithm>

#include "pcp/layout.hpp"

namespace sluice::pcp {
namespace {

constexpr size_t kOptionHeader = 4;
constexpr uint8_t kThirdParty = 1, kPreferFailure = 2, kMayBePassedOver = 0x80;

std::unexpected<Refusal> refuse(Code code) { return std::unexpected(Refusal(code)); }
std::unexpected<Refusal> pass_over() { return std::unexpected(Refusal()); }

// One of the options that may follow a MAP. Its value is `size` bytes at `at`, which are there.
Refusal read_option(Request& request, uint8_t code, BytesView message, size_t at, size_t size) {
  const bool is_map = request.kind == Kind::kMap;
  if (is_map && code == kThirdParty) {
    if (size != 16 || request.third_party) return Code::kMalformedOption;
    request.third_party = read_address(message, at);
  } else if (is_map && code == kPreferFailure) {
    if (size != 0 || request.exactly) return Code::kMalformedOption;
    request.exactly = true;
  } else if (!(code & kMayBePassedOver)) {
    return Code::kUnsupportedOption;
  }
  return std::nullopt;
}

// Values are filled up to four bytes (section 7.3).
Refusal read_options(Request& request, BytesView message, size_t at) {
  while (at < message.size()) {
    if (message.size() - at < kOptionHeader) return Code::kMalformedOption;
    const uint8_t code = message[at];
    const size_t size = read16(message, at + 2), filled = (size + 3) / 4 * 4;
    at += kOptionHeader;
    if (message.size() - at < filled) return Code::kMalformedOption;
    if (const Refusal wrong = read_option(request, code, message, at, size)) return wrong;
    at += filled;
  }
  return std::nullopt;
}

// Section 11.1. Of a host that has one address, "all protocols" and "all ports" would be the whole gateway.
Refusal read_map(Request& request, BytesView message) {
  if (message.size() < kMapEnd) return Code::kMalformedRequest;
  std::copy_n(message.begin() + kHeader, request.nonce.size(), request.nonce.begin());
  request.protocol = message[36];
  request.inner = read16(message, 40);
  request.wanted = read16(message, 42);
  request.wanted_address = read_address(message, 44);
  if (request.protocol == 0 && request.inner != 0) return Code::kMalformedRequest;
  const bool is_known = request.protocol == IPPROTO_TCP || request.protocol == IPPROTO_UDP;
  if (!is_known || request.inner == 0) return Code::kUnsupportedProtocol;
  return std::nullopt;
}

std::expected<Request, Refusal> read_pcp(BytesView message) {
  if (message[1] & kAnswerBit) return pass_over();
  if (message[0] != kPcpVersion) return refuse(Code::kUnsupportedVersion);
  if (message.size() < kHeader || message.size() > kLongestMessage || message.size() % 4 != 0)
    return refuse(Code::kMalformedRequest);
  Request request;
  request.opcode = message[1];
  if (request.opcode != kOpAnnounce && request.opcode != kOpMap) return refuse(Code::kUnsupportedOpcode);
  request.kind = request.opcode == kOpMap ? Kind::kMap : Kind::kAnnounce;
  request.life = read32(message, 4);
  request.client = read_address(message, 8);
  if (request.kind == Kind::kMap)
    if (const Refusal wrong = read_map(request, message)) return std::unexpected(wrong);
  const size_t options = request.kind == Kind::kMap ? kMapEnd : kHeader;
  if (const Refusal wrong = read_options(request, message, options)) return std::unexpected(wrong);
  request.message.assign(message.begin(), message.end());
  return request;
}

std::expected<Request, Refusal> read_nat_pmp(BytesView message) {
  Request request;
  request.is_nat_pmp = true;
  request.opcode = message[1];
  if (request.opcode & kAnswerBit) return pass_over();
  if (request.opcode > kPmpMapTcp) return refuse(Code::kUnsupportedOpcode);
  request.message.assign(message.begin(), message.end());
  if (request.opcode == kPmpAddress) {
    request.kind = Kind::kAddress;
    if (message.size() != kPmpAddressRequest) return pass_over();
    return request;
  }
  if (message.size() != kPmpMapRequest) return pass_over();
  request.kind = Kind::kMap;
  request.protocol = request.opcode == kPmpMapUdp ? IPPROTO_UDP : IPPROTO_TCP;
  request.inner = read16(message, 4);
  request.wanted = read16(message, 6);
  request.life = read32(message, 8);
  if (request.inner == 0 && (request.life != 0 || request.wanted != 0)) return pass_over();
  return request;
}

// RFC 6886 section 3.5.
uint16_t nat_pmp_code(Code code) {
  switch (code) {
    case Code::kUnsupportedVersion: return 1;
    case Code::kNotAuthorized: return 2;
    case Code::kNetworkFailure: return 3;
    case Code::kUnsupportedOpcode: return 5;
    default: return 4;   // out of resources
  }
}

// For how long nobody needs to ask again (section 7.4): what may pass soon, and what does not.
uint32_t life_of_error(Code code) {
  constexpr uint32_t kShort = 30, kLong = 1800;
  const bool passes = code == Code::kNetworkFailure || code == Code::kNoResources || code == Code::kQuota;
  return passes ? kShort : kLong;
}

Bytes nat_pmp_header(uint8_t opcode, uint16_t code, uint32_t epoch, size_t size) {
  Bytes answer(size);
  answer[1] = opcode | kAnswerBit;
  put16(answer, 2, code);
  put32(answer, 4, epoch);
  return answer;
}

void put_header(Bytes& answer, uint8_t opcode, Code code, uint32_t life, uint32_t epoch) {
  std::fill_n(answer.begin(), kHeader, uint8_t{0});
  answer[0] = kPcpVersion;
  answer[1] = opcode | kAnswerBit;
  answer[3] = static_cast<uint8_t>(code);
  put32(answer, 4, life);
  put32(answer, 8, epoch);
}

Bytes write_nat_pmp(const Request& request, const Outcome& outcome, uint32_t epoch) {
  const bool is_map = request.kind == Kind::kMap;
  Bytes answer = nat_pmp_header(request.opcode, 0, epoch, is_map ? kPmpMapAnswer : kPmpAddressAnswer);
  if (!is_map) {
    put32(answer, 8, outcome.address.ipv4());
    return answer;
  }
  put16(answer, 8, request.inner);
  put16(answer, 10, outcome.port);
  put32(answer, 12, outcome.life);
  return answer;
}

void add_option(Bytes& answer, uint8_t code, const IpAddress* address) {
  const size_t at = answer.size();
  answer.resize(at + kOptionHeader + (address ? 16 : 0));
  answer[at] = code;
  if (!address) return;
  put16(answer, at + 2, 16);
  put_address(answer, at + kOptionHeader, *address);
}

}   // namespace

std::expected<Request, Refusal> read_request(BytesView message) {
  if (message.size() < 2) return pass_over();
  return message[0] == kNatPmp ? read_nat_pmp(message) : read_pcp(message);
}

Bytes write_answer(const Request& request, const Outcome& outcome, uint32_t epoch) {
  if (request.is_nat_pmp) return write_nat_pmp(request, outcome, epoch);
  Bytes answer(kHeader);
  if (request.kind == Kind::kMap) {
    answer.assign(request.message.begin(), request.message.begin() + kMapEnd);
    put16(answer, 42, outcome.port);
    put_address(answer, 44, outcome.address);
    if (request.third_party) add_option(answer, kThirdParty, &*request.third_party);
    if (request.exactly) add_option(answer, kPreferFailure, nullptr);
  }
  put_header(answer, request.opcode, Code::kSuccess, outcome.life, epoch);
  return answer;
}

// What was asked stands in the answer (section 8.3), as whole words.
Bytes write_error(BytesView message, Code code, uint32_t epoch) {
  const uint8_t opcode = message[1] & static_cast<uint8_t>(~kAnswerBit);
  if (message[0] == kNatPmp) {
    const bool is_map = (opcode == kPmpMapUdp || opcode == kPmpMapTcp) && message.size() == kPmpMapRequest;
    Bytes answer = nat_pmp_header(opcode, nat_pmp_code(code), epoch,
                                  is_map   ? kPmpMapAnswer
                                  : opcode ? 8
                                           : kPmpAddressAnswer);
    if (is_map) std::copy_n(message.begin() + 4, 2, answer.begin() + 8);
    return answer;
  }
  Bytes answer(message.begin(),
               message.begin() + static_cast<ptrdiff_t>(std::min(message.size(), kLongestMessage)));
  answer.resize(std::max(kHeader, (answer.size() + 3) / 4 * 4));
  put_header(answer, opcode, code, life_of_error(code), epoch);
  return answer;
}

Bytes write_announcement(uint32_t epoch) {
  Bytes answer(kHeader);
  put_header(answer, kOpAnnounce, Code::kSuccess, 0, epoch);
  return answer;
}

Bytes write_announcement(uint32_t epoch, const IpAddress& outside) {
  Bytes answer = nat_pmp_header(kPmpAddress, 0, epoch, kPmpAddressAnswer);
  put32(answer, 8, outside.ipv4());
  return answer;
}

}   // namespace sluice::pcp
