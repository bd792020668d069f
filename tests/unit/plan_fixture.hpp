// SPDX-License-Identifier: GPL-2.0-or-later
// Documents as texts, and the house that most tests of the planner plan for.
#pragma once

#include <gtest/gtest.h>

#include "../support/synthetic_machine.hpp"
#include "compile/common/numbered_rules.hpp"
#include "config/config.hpp"
#include "plan/planner.hpp"

namespace sluice::test {

inline Document parsed(std::string_view text) {
  auto checked = check_document(text, "test.json");
  if (!checked) {
    ADD_FAILURE() << checked.error().front().text;
    return {};
  }
  return std::move(checked->document);
}

inline Document carried_by(EngineChoice engine, std::string_view text) {
  Document document = parsed(text);
  document.engine = engine;
  return document;
}

inline constexpr std::string_view kHome = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]},
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]}
  },
  "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
  "nat": {
    "masquerade": [{"name": "hide", "from": "lan", "to": "internet"}],
    "static": [{"name": "mail", "outside": "203.0.113.5", "inside": "192.168.10.5"}],
    "forwards": [{"name": "web", "listen": "203.0.113.1", "protocol": "tcp", "ports": "80", "to": "192.168.10.2:8080"}]
  }
})";

}   // namespace sluice::test
