// SPDX-License-Identifier: GPL-2.0-or-later
// The home with limits, and what passes them.
#pragma once

#include <fmt/format.h>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"
#include "support/fill.hpp"

namespace sluice::test {

inline constexpr auto kOver = "dropped: OVER_LIMIT";

class LimitedTest : public HookTest {
 protected:
  void limit(const std::string& limits, Rules rules = home_rules()) {
    rules.more = fmt::format(R"(, "limits": [ {} ])", limits);
    use(rules);
  }
  Layers datagram(std::string_view from, uint16_t sport = 40000, std::string_view to = kFar) {
    return Ip4{.src = from, .dst = to} / Udp{.sport = sport};
  }
  Layers datagram6(std::string_view from, uint16_t sport = 40000) {
    return Ip6{.src = from, .dst = kFar6} / Udp{.sport = sport};
  }
  // How many of so many packets pass.
  int passed(At device, const Layers& packet, int packets = 6, Metadata beside = {}) {
    int count = 0;
    for (int i = 0; i < packets; ++i) {
      const std::string what = from(device, packet, beside).what;
      if (what != kOver) {
        EXPECT_TRUE(what == "forwarded" || what == "to host") << what;
        ++count;
      }
    }
    return count;
  }
  ObjectCount count(const std::string& name, uint8_t kind) {
    const auto objects = lab.engine().objects().value();
    for (const ObjectCount& object : objects)
      if (object.kind == kind && object.name == name) return object;
    return {};
  }
  ObjectCount passed_by(const std::string& name) { return count(name, SL_OBJECT_LIMIT); }
  ObjectCount exceeded(const std::string& name) { return count(name, SL_OBJECT_LIMIT_EXCEEDED); }
  size_t buckets() {
    size_t rows = 0;
    EXPECT_TRUE(lab.tables().limit_buckets.for_each([&](const sl_limit_key&, const sl_bucket&) { ++rows; }));
    return rows;
  }
};

}   // namespace sluice::test
