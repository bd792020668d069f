// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/syn_filter.hpp"

namespace sluice {
namespace {

// Where the last four bytes of the source are. Raw sockets of IPv6 read what is behind its header.
constexpr uint32_t kSource4 = 12, kSource6 = static_cast<uint32_t>(SKF_NET_OFF) + 20;
constexpr uint32_t kToPort = 2, kAcknowledged = 8, kFlags = 13;
constexpr uint32_t kSynRstAck = 0x16, kSynAck = 0x12, kRstAck = 0x14;

using Code = std::vector<sock_filter>;

void add(Code& code, uint16_t what, uint32_t value, uint8_t if_so = 0, uint8_t if_not = 0) {
  code.push_back({what, if_so, if_not, value});
}

// Each goes past the end of the list, which is a refusal.
void add_ports(Code& code, std::span<const uint16_t> ports) {
  add(code, BPF_LD | BPF_H | BPF_IND, kToPort);
  for (size_t i = 0; i < ports.size(); ++i)
    add(code, BPF_JMP | BPF_JEQ | BPF_K, ports[i], static_cast<uint8_t>(ports.size() - i));
  add(code, BPF_RET | BPF_K, 0);
}

void add_flags(Code& code) {
  add(code, BPF_LD | BPF_B | BPF_IND, kFlags);
  add(code, BPF_ALU | BPF_AND | BPF_K, kSynRstAck);
  add(code, BPF_JMP | BPF_JEQ | BPF_K, kSynAck, 2);
  add(code, BPF_JMP | BPF_JEQ | BPF_K, kRstAck, 1);
  add(code, BPF_RET | BPF_K, 0);
}

// As SynNumbers::tag_of().
void add_tag(Code& code, uint32_t source, const SynNumbers& numbers) {
  add(code, BPF_LD | BPF_W | BPF_ABS, source);
  add(code, BPF_ALU | BPF_XOR | BPF_K, numbers.mask());
  add(code, BPF_ALU | BPF_MUL | BPF_K, numbers.factor());
  add(code, BPF_ALU | BPF_RSH | BPF_K, 32 - SynNumbers::kTagBits);
  add(code, BPF_ST, 0);
  add(code, BPF_LD | BPF_W | BPF_IND, kAcknowledged);
  add(code, BPF_ALU | BPF_SUB | BPF_K, 1);
  add(code, BPF_ALU | BPF_AND | BPF_K, (1U << SynNumbers::kTagBits) - 1);
  add(code, BPF_LDX | BPF_W | BPF_MEM, 0);
  add(code, BPF_JMP | BPF_JEQ | BPF_X, 0, 1);
  add(code, BPF_RET | BPF_K, 0);
}

}   // namespace

Code answers_alone(Family family, std::span<const uint16_t> ports, const SynNumbers& numbers) {
  const bool is_ipv4 = family == Family::kIpv4;
  Code code;
  if (is_ipv4)
    add(code, BPF_LDX | BPF_B | BPF_MSH, 0);   // the length of the header
  else
    add(code, BPF_LDX | BPF_IMM, 0);
  add_ports(code, ports);
  add_flags(code);
  add_tag(code, is_ipv4 ? kSource4 : kSource6, numbers);
  add(code, BPF_RET | BPF_K, kAnswerBytes);
  return code;
}

}   // namespace sluice
