// SPDX-License-Identifier: GPL-2.0-or-later
// Every kind of packet cut at every byte, and changed at random: always one count, and nothing that should
// not leave.
#include <random>

#include "crossings.hpp"
#include "support/answers.hpp"

namespace sluice::test {
namespace {

struct Sample {
  std::string name;
  At device;
  Bytes frame;
};

std::vector<Layers> odd_packets() {
  const Bytes quote = build(Ip4{.src = kWanAddress, .dst = kFar} / Udp{} / text("quoted"));
  const Bytes quote6 = build(Ip6{.src = kInside6, .dst = kFar6} / Tcp{});
  return {
      Ip4{.src = kInside, .dst = kFar, .options = Bytes(40, 1)} / Tcp{.options = Bytes(40, 1)},
      Ip6{.src = kInside6, .dst = kFar6} / Extension{.kind = kHopByHop} / Extension{.kind = kRouting} /
          Fragment6{} / Extension{} / Udp{},
      Ip6{.src = kInside6, .dst = kFar6} / Extension{.kind = kAh, .body = Bytes(22)} / Tcp{},
      Ip4{.src = kFar, .dst = kInside} / Icmp{} / quote,
      Ip6{.src = kFar6, .dst = kInside6} / Icmp{.type = 1} / quote6,
      Ip4{.src = kInside, .dst = kFar, .df = false, .more = true} / Udp{.length = 100} / Bytes(16),
      Ip4{.src = kInside, .dst = kFar, .ttl = 1} / Udp{} / Bytes(16),
      Ip4{.src = kInside, .dst = kDmz} / Tcp{.dport = 22},
      Ip4{.src = kInside, .dst = kLanAddress} / Echo{} / Bytes(16),
  };
}

std::vector<Sample> samples(Lab& lab) {
  std::vector<Sample> all;
  for (const Crossing& crossing : crossings())
    all.push_back({crossing.name, crossing.in, lab.framed(crossing.in, crossing.packet)});
  for (const Layers& layers : odd_packets())
    for (const At device : {At::kLan, At::kWan})
      all.push_back({"odd packet " + std::to_string(all.size()), device, lab.framed(device, layers)});
  return all;
}

// BPF_PROG_TEST_RUN of kernel 6.18 refuses these itself at tc (EINVAL); XDP takes them.
bool is_refused_by_test_run(Hook hook, const Bytes& frame) {
  const bool ip4 = frame[12] == 0x08 && frame[13] == 0x00, ip6 = frame[12] == 0x86 && frame[13] == 0xdd;
  return hook != Hook::kXdp && ((ip4 && frame.size() < 34) || (ip6 && frame.size() < 54));
}

class Truncated : public HookTest {};
ON_BOTH_HOOKS(Truncated);

// XDP hands what it drops with an answer on to tc, which test runs do not take when it is too short.
TEST_P(Truncated, EveryPacketAtEveryByteIsACountedDrop) {
  for (const Sample& sample : samples(lab))
    for (size_t size = sample.frame.size() - 1; size >= 14; --size) {
      const Bytes frame(sample.frame.begin(), sample.frame.begin() + size);
      if (is_refused_by_test_run(GetParam(), frame)) continue;
      const Outcome outcome = lab.arrive_bytes(GetParam(), sample.device, frame);
      ASSERT_EQ(outcome.what, "dropped: TOO_SHORT") << sample.name << " cut to " << size;
    }
  EXPECT_TRUE(flow_rows(lab).empty());
}

// The same with a flow that would carry the whole packet.
TEST_P(Truncated, EveryPacketAtEveryByteOfAnEstablishedFlow) {
  for (const Crossing& crossing : crossings()) {
    lab.forget();
    const Bytes whole = lab.framed(crossing.in, crossing.packet);
    lab.arrive_bytes(GetParam(), crossing.in, whole);
    for (size_t size = whole.size() - 1; size >= 14; --size) {
      const Bytes frame(whole.begin(), whole.begin() + size);
      if (is_refused_by_test_run(GetParam(), frame)) continue;
      ASSERT_EQ(lab.arrive_bytes(GetParam(), crossing.in, frame).what, "dropped: TOO_SHORT")
          << crossing.name << " " << size;
    }
  }
}

// Cut inside the transport header, with an IP header that says so: no ports are read from behind the end.
TEST_P(Truncated, TransportHeadersCutByTheIpLength) {
  for (const Crossing& crossing : crossings()) {
    const View whole(lab.framed(crossing.in, crossing.packet));
    const size_t header = whole.protocol == kTcp ? 20 : whole.protocol == kSctp ? 12 : 8;
    if (whole.protocol == kGre || whole.protocol == kEsp) continue;   // no header of theirs is read
    for (size_t size = whole.l4; size < whole.l4 + header; ++size) {
      Bytes frame(whole.bytes.begin(), whole.bytes.begin() + size);
      const uint16_t length = static_cast<uint16_t>(size - whole.l3 - (whole.family == 6 ? 40 : 0));
      const size_t at = whole.l3 + (whole.family == 6 ? 4 : 2);
      frame[at] = length >> 8;
      frame[at + 1] = length & 0xff;
      frame.resize(std::max<size_t>(frame.size(), 60), 0xee);   // as Ethernet pads it
      ASSERT_EQ(lab.arrive_bytes(GetParam(), crossing.in, frame).what, "dropped: TOO_SHORT")
          << crossing.name << " " << size;
    }
  }
}

bool is_inside4(const std::string& address) {
  return address.starts_with("192.168.") || address.starts_with("172.20.");
}

// Bits flipped at random. Whatever leaves by the outside has an outside source, and what comes in was asked
// for.
TEST_P(Truncated, RandomChangesLetNothingOutThatIsInside) {
  std::mt19937 random(20240117);
  const std::vector<Sample> all = samples(lab);
  for (int i = 0; i < 6000; ++i) {
    const Sample& sample = all[random() % all.size()];
    Bytes frame = sample.frame;
    for (uint32_t changes = 1 + random() % 4; changes; --changes)
      frame[12 + random() % (frame.size() - 12)] ^= 1u << random() % 8;
    if (random() % 4 == 0) frame.resize(std::max<size_t>(54, random() % frame.size()));
    const Outcome outcome = lab.arrive_bytes(GetParam(), sample.device, frame);
    ASSERT_FALSE(outcome.what.starts_with("counted")) << outcome.what;
    if (outcome.what != "forwarded") continue;
    const View left = outcome.view();
    const bool goes_out = left.src_mac == lab.mac(At::kWan);
    ASSERT_FALSE(goes_out && is_inside4(left.src)) << left.route() << " of " << sample.name;
  }
}

}   // namespace
}   // namespace sluice::test
