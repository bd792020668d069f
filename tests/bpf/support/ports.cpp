// SPDX-License-Identifier: GPL-2.0-or-later
#include "ports.hpp"

#include <algorithm>
#include <thread>

#include "answers.hpp"
#include "engine/ebpf/runner.hpp"

namespace sluice::test {

PortsTest::~PortsTest() {
  if (rest_) lab.tables().config->timeout[SL_TIMEOUT_PORT_REST] = *rest_;
}

Outcome PortsTest::udp(const std::string& from, uint16_t port, const char* to) {
  return from_lan(Ip4{.src = from, .dst = to} / Udp{.sport = port});
}

uint16_t PortsTest::answered(const std::string& from, uint16_t port) {
  const Outcome outcome = udp(from, port);
  EXPECT_EQ(outcome.what, "forwarded");
  if (outcome.what != "forwarded") return 0;
  EXPECT_EQ(from_wan(answer_to(outcome.view())).what, "forwarded");
  return outcome.view().sport;
}

void PortsTest::apply_rules(const std::string& masquerade, const std::string& forwards) {
  lab.apply(document_of({R"({ "name": "all", "from": "lan", "to": "internet", "action": "accept" })",
                         R"({ "name": "out", "from": "lan", "to": "internet", )" + masquerade + "}", "",
                         forwards, ""}));
}

void PortsTest::use_rules(const std::string& masquerade, const std::string& forwards) {
  lab.forget();
  apply_rules(masquerade, forwards);
}

void PortsTest::rest_for(uint32_t jiffies) {
  uint32_t& timeout = lab.tables().config->timeout[SL_TIMEOUT_PORT_REST];
  if (!rest_) rest_ = timeout;
  timeout = jiffies;
}

void PortsTest::wait_for_jiffies(uint32_t count) const {
  for (const uint32_t start = lab.jiffies(); lab.jiffies() - start < count;) std::this_thread::yield();
}

void PortsTest::end_all() {
  std::vector<sl_tuple> originals;
  for (const FlowRow& row : flow_rows(lab))
    if (!(row.flow.flags & SL_FLOW_REPLY)) originals.push_back(row.tuple);
  auto runner = Runner::open(Pins(lab.pins())).value();
  ASSERT_TRUE(runner.visit(originals, Runner::Mode::kAll));
  EXPECT_TRUE(flow_rows(lab).empty());
}

void PortsTest::end_flow_of(const std::string& from) {
  std::vector<sl_tuple> originals;
  for (const FlowRow& row : flow_rows(lab))
    if (!(row.flow.flags & SL_FLOW_REPLY) && address_of(row.tuple.source).to_string() == from)
      originals.push_back(row.tuple);
  ASSERT_EQ(originals.size(), 1u) << from;
  auto runner = Runner::open(Pins(lab.pins())).value();
  ASSERT_TRUE(runner.visit(originals, Runner::Mode::kAll));
}

std::set<uint16_t> PortsTest::outside_ports() {
  std::set<uint16_t> ports;
  const auto mappings = lab.engine().mappings().value();
  for (const MappingState& mapping : mappings) ports.insert(mapping.outside_port);
  return ports;
}

void PortsTest::set_all_used_bits() {
  sl_chunk_key key{};
  sl_chunk chunk{};
  const int map = lab.map("port_chunks");
  for (int rc = bpf_map_get_next_key(map, nullptr, &key); rc == 0;
       rc = bpf_map_get_next_key(map, &key, &key)) {
    if (bpf_map_lookup_elem(map, &key, &chunk)) continue;
    std::ranges::fill(chunk.used, ~uint64_t{0});
    bpf_map_update_elem(map, &key, &chunk, BPF_EXIST);
  }
}

}   // namespace sluice::test
