// SPDX-License-Identifier: GPL-2.0-or-later
// How many instructions the programs run for a packet, counted one by one and so the same on every machine;
// and kept in instructions.json, so that what makes a packet dearer is said in the same change.
// SLUICE_GOLDEN_UPDATE=1 writes it anew; SLUICE_INSTRUCTIONS_BY_FILE=1 prints in which files they stand.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/pkt_cls.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "count/kernel_world.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

constexpr double kRise = 0.03;   // of a packet's instructions, which has to be said
constexpr const char* kKept = SLUICE_SOURCE_DIR "/tests/bpf/instructions.json";

struct Packet {
  At in;
  Layers layers;
};

struct Case {
  const char* name;
  std::vector<Packet> before;   // that come first, twice
  Packet packet;
};

const Bytes& payload() {
  static const Bytes bytes = text("twenty-two bytes of it");
  return bytes;
}

Packet udp4() { return {At::kLan, Ip4{.src = kInside, .dst = kFar} / Udp{} / payload()}; }
Packet udp4_reply() {
  return {At::kWan, Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 40000} / payload()};
}
Packet tcp4(uint8_t flags, uint32_t seq, uint32_t ack) {
  return {At::kLan, Ip4{.src = kInside, .dst = kFar} / Tcp{.seq = seq, .ack = ack, .flags = flags} / Bytes{}};
}
Packet tcp4_reply(uint8_t flags, uint32_t seq, uint32_t ack) {
  return {At::kWan, Ip4{.src = kFar, .dst = kWanAddress} /
                        Tcp{.sport = 80, .dport = 40000, .seq = seq, .ack = ack, .flags = flags} / Bytes{}};
}
std::vector<Packet> tcp4_handshake() {
  return {tcp4(kSyn, 1000, 0), tcp4_reply(kSyn | kAck, 9000, 1001), tcp4(kAck, 1001, 9001)};
}
Packet udp6() { return {At::kLan, Ip6{.src = kInside6, .dst = kFar6} / Udp{} / payload()}; }
Packet udp6_reply() {
  return {At::kWan, Ip6{.src = kFar6, .dst = kInside6} / Udp{.sport = 53, .dport = 40000} / payload()};
}
Packet static4() { return {At::kWan, Ip4{.src = kFar, .dst = kMailOutside} / Udp{.dport = 25} / payload()}; }
Packet static4_reply() {
  return {At::kLan, Ip4{.src = kMail, .dst = kFar} / Udp{.sport = 25, .dport = 40000} / payload()};
}

Packet forward4() { return {At::kWan, Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.dport = 80} / Bytes{}}; }
Packet ping4() { return {At::kLan, Ip4{.src = kInside, .dst = kFar} / Echo{} / payload()}; }
Packet ping4_answer() {
  return {At::kWan, Ip4{.src = kFar, .dst = kWanAddress} / Echo{.reply = true} / payload()};
}

std::vector<Case> cases() {
  return {{"UDP over IPv4, masqueraded", {udp4(), udp4_reply()}, udp4()},
          {"UDP over IPv4, the answer", {udp4(), udp4_reply()}, udp4_reply()},
          {"TCP over IPv4, masqueraded", tcp4_handshake(), tcp4(kAck, 1001, 9001)},
          {"TCP over IPv4, the answer", tcp4_handshake(), tcp4_reply(kAck, 9001, 1001)},
          {"UDP over IPv6, routed", {udp6(), udp6_reply()}, udp6()},
          {"UDP over IPv6, the answer", {udp6(), udp6_reply()}, udp6_reply()},
          {"UDP over IPv4, static mapping", {static4(), static4_reply()}, static4()},
          {"ICMP over IPv4, masqueraded", {ping4(), ping4_answer()}, ping4()},
          {"UDP over IPv4, masqueraded, the first of its flow", {}, udp4()},
          {"TCP over IPv4 to a forward, the first of its flow", {}, forward4()},
          {"UDP over IPv4 from outside, dropped", {}, udp4_reply()}};
}

nlohmann::ordered_json kept() {
  std::ifstream file(kKept);
  return nlohmann::ordered_json::parse(file, nullptr, false);
}

class Instructions : public HookTest {
 protected:
  struct Ran {
    Execution execution;
    Bytes frame;
  };

  const char* program() const { return GetParam() == Hook::kXdp ? "sluice_xdp" : "sluice_ingress"; }

  void open(const Case& wanted) {
    for (int twice = 0; twice < 2; ++twice)
      for (const Packet& packet : wanted.before) {
        ASSERT_EQ(from(packet.in, packet.layers).what, "forwarded") << wanted.name;
      }
  }

  Ran interpreted(const Packet& packet) {
    // In an odd jiffy: in one of 1,024, a multiple of that, the kernel's clock is asked as well
    // (bpf/path/receive.h).
    KernelWorld world(lab.framed(packet.in, packet.layers), lab.jiffies() | 1);
    world.route = [&](bpf_fib_lookup& question) { answer(question); };
    const uint32_t device = lab.index(packet.in);
    void* context = GetParam() == Hook::kXdp ? static_cast<void*>(&world.xdp_context(device))
                                             : &world.skb_context(device);
    Execution execution = interpret(*recorded(program()), world, context);
    return {std::move(execution), world.frame()};
  }

  // As the lab's routes do, for the IPv4 hosts of these packets.
  void answer(bpf_fib_lookup& question) {
    const bool inside = question.ipv4_dst == inet_addr(kInside);
    const At out = inside ? At::kLan : At::kWan;
    question.ifindex = lab.index(out);
    std::copy_n(lab.mac(out).begin(), 6, question.smac);
    std::copy_n(neighbour_mac(out, inside ? 2 : 9).begin(), 6, question.dmac);
  }

  // The kernel runs the same packet: else something else would have been counted.
  void expect_as_the_kernel(const Case& wanted, const Ran& ran) {
    Bytes frame = lab.framed(wanted.packet.in, wanted.packet.layers);
    const uint32_t answer = lab.run(GetParam(), wanted.packet.in, frame);
    EXPECT_EQ(ran.execution.answer, answer) << wanted.name;
    EXPECT_EQ(ran.frame, frame) << wanted.name;
  }

  void tell(const Case& wanted, const Execution& execution) {
    std::cout << fmt::format("{}, {}: {}\n", hook_name(GetParam()), wanted.name, execution.total());
    if (!std::getenv("SLUICE_INSTRUCTIONS_BY_FILE")) return;
    std::map<std::string, uint64_t> files;
    const Recorded& code = *recorded(program());
    for (size_t i = 0; i < execution.runs.size(); ++i) files[code.files[i]] += execution.runs[i];
    for (const auto& [file, count] : files)
      if (count) std::cout << fmt::format("  {:6} {}\n", count, file);
  }
};
ON_BOTH_HOOKS(Instructions);

TEST_P(Instructions, OfAPacketAreAsManyAsBefore) {
  const bool updates = std::getenv("SLUICE_GOLDEN_UPDATE");
  auto all = kept();
  for (const Case& wanted : cases()) {
    open(wanted);
    const Ran ran = interpreted(wanted.packet);
    tell(wanted, ran.execution);
    if (wanted.before.empty()) lab.forget();
    expect_as_the_kernel(wanted, ran);
    lab.forget();
    const uint64_t now = ran.execution.total();
    auto& before = all[hook_name(GetParam())][wanted.name];
    if (updates) before = now;
    ASSERT_TRUE(before.is_number()) << wanted.name << " is not in instructions.json";
    EXPECT_LE(static_cast<double>(now), before.get<double>() * (1 + kRise))
        << wanted.name << " took " << before
        << " instructions: SLUICE_GOLDEN_UPDATE=1 writes what it takes now";
  }
  if (updates) std::ofstream(kKept) << all.dump(1) << '\n';
}

}   // namespace
}   // namespace sluice::test
