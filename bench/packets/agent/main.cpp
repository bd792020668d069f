// SPDX-License-Identifier: GPL-2.0-or-later
// The packet agent: makes both ends of one lab count and send as the driver says. The first line of
// its input is the lab, each further line an order; each is answered with one line. Ends with its
// input, and with it everything that it loaded and attached.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/unique_fd.hpp"
#include "protocol.hpp"
#include "rig.hpp"

namespace sluice::bench {

namespace {

using nlohmann::json;

class Agent {
 public:
  Result<json> obey(const json& order) {
    const std::string verb = order.at("do");
    if (verb == "lab") return make_lab(order);
    if (verb == "stats") return switch_stats(order.at("on"));
    if (verb == "program") return to_json(TRY(look_at_program(order.at("id"))));
    if (verb == "attached") return to_json(TRY(attached_in(order.at("netns"))));
    if (verb == "places") return to_json(TRY(places_of(order.at("id"))));
    if (!rig_) return fail("the first order must be the lab", ErrorKind::kUsage);
    if (verb == "send") return to_json(TRY(rig_->send(parse_send(order))));
    if (verb == "rate") return to_json(TRY(rig_->rate(parse_rate(order))));
    return fail("unknown order " + verb, ErrorKind::kUsage);
  }

 private:
  Result<json> make_lab(const json& order) {
    rig_.emplace(TRY(Rig::make(parse_lab(order))));
    return json::object();
  }

  // The kernel counts the time in BPF programs while the descriptor is open.
  Result<json> switch_stats(bool on) {
    stats_.reset();
    if (on) stats_.reset(bpf_enable_stats(BPF_STATS_RUN_TIME));
    if (on && !stats_) return fail_errno("count the time in BPF programs", errno);
    return json::object();
  }

  std::optional<Rig> rig_;
  UniqueFd stats_;
};

json answer(Agent& agent, const std::string& line) try {
  auto result = agent.obey(json::parse(line));
  return result ? *result : json{{"error", result.error().message}};
} catch (const std::exception& error) {
  return {{"error", error.what()}};
}

int serve() {
  Agent agent;
  for (std::string line; std::getline(std::cin, line);) std::cout << answer(agent, line) << std::endl;
  return 0;
}

}   // namespace

}   // namespace sluice::bench

int main() {
  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  return sluice::bench::serve();
}
