// SPDX-License-Identifier: GPL-2.0-or-later
// Services become forwards; and the edit of a drain.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/config.hpp"
#include "model/drain.hpp"

namespace sluice::test {
namespace {

constexpr std::string_view kGrid = R"({"version": 1,
  "interfaces": {"wan": {"zone": "internet", "addresses": ["203.0.113.1/24", "2001:db8::1/64"]},
                 "wg": {"zone": "grid", "addresses": ["10.1.4.1/24"]},
                 "my": {"zone": "mycelium", "addresses": ["2001:db8:7::1/64", "10.9.0.1/24"]}},
  "underlays": {"wireguard": {"zone": "grid"}, "overlay": {"zone": "mycelium"}},
  "network_mode": "MODE",
  "services": {"web": {"listen": ["203.0.113.1", "2001:db8::1"], "ports": 80, "balance": "BALANCE",
    "backends": [{"name": "vm7", "wireguard": "10.1.4.2:80", "overlay": "[2001:db8:7::7]:80"},
                 {"name": "vm8", "wireguard": "10.1.4.3:80", "overlay": "10.9.0.3:80"}]}}})";

std::string grid(const std::string& mode, const std::string& balance = "round-robin") {
  std::string text(kGrid);
  text.replace(text.find("MODE"), 4, mode);
  return text.replace(text.find("BALANCE"), 7, balance);
}

Document parsed_grid(const std::string& text) {
  auto checked = check_document(text, "grid.json");
  EXPECT_TRUE(checked) << (checked ? "" : checked.error().front().text);
  return checked ? std::move(checked->document) : Document{};
}

using States = std::vector<std::pair<std::string, MemberState>>;

States states_of(const Forward& forward) {
  States states;
  for (const Member& member : forward.service->members)
    states.emplace_back(name_of(forward.name, member), member.state);
  return states;
}

// vm7 has an address of each family, vm8 two of IPv4.
TEST(Services, WhatIsOfTheOtherFamilyStandsByOrServes) {
  const Document document = parsed_grid(grid("both"));
  ASSERT_EQ(document.forwards.size(), 2u);
  using enum MemberState;
  EXPECT_EQ(states_of(document.forwards[0]), (States{{"web/vm7/wireguard", kServes},
                                                     {"web/vm7/overlay", kReserve},
                                                     {"web/vm8/wireguard", kServes},
                                                     {"web/vm8/overlay", kServes}}));
  EXPECT_EQ(states_of(document.forwards[1]), (States{{"web/vm7/wireguard", kReserve},
                                                     {"web/vm7/overlay", kServes},
                                                     {"web/vm8/wireguard", kServes},
                                                     {"web/vm8/overlay", kServes}}));
}

TEST(Services, TheModeForbidsOtherUnderlays) {
  using enum MemberState;
  const Document document = parsed_grid(grid("overlay-only"));
  EXPECT_EQ(states_of(document.forwards[0]), (States{{"web/vm7/wireguard", kForbidden},
                                                     {"web/vm7/overlay", kServes},
                                                     {"web/vm8/wireguard", kForbidden},
                                                     {"web/vm8/overlay", kServes}}));
}

TEST(Services, WhoIsPreferredServesUnlessItMayNot) {
  using enum MemberState;
  EXPECT_EQ(states_of(parsed_grid(grid("both", "prefer:overlay")).forwards[0]),
            (States{{"web/vm7/wireguard", kReserve},
                    {"web/vm7/overlay", kServes},
                    {"web/vm8/wireguard", kReserve},
                    {"web/vm8/overlay", kServes}}));
  EXPECT_EQ(states_of(parsed_grid(grid("wireguard-only", "prefer:overlay")).forwards[0]),
            (States{{"web/vm7/wireguard", kServes},
                    {"web/vm7/overlay", kForbidden},
                    {"web/vm8/wireguard", kServes},
                    {"web/vm8/overlay", kForbidden}}));
}

// Whoever stood by for an address that is not there serves.
TEST(Services, WithinAFamilyNobodyStandsByForTheOther) {
  using enum MemberState;
  Forward forward = parsed_grid(grid("both", "prefer:overlay")).forwards[0];
  forward.service = std::make_shared<const Balancing>(within_family(*forward.service, Family::kIpv4));
  EXPECT_EQ(states_of(forward), (States{{"web/vm7/wireguard", kServes},
                                        {"web/vm8/wireguard", kReserve},
                                        {"web/vm8/overlay", kServes}}));
}

TEST(Services, ADrainIsPutAndTakenAway) {
  const std::string text = grid("both");
  const auto drained = set_drain(text, "grid.json", "web", "vm8", "true");
  ASSERT_TRUE(drained);
  EXPECT_EQ(parsed_grid(*drained).services[0].backends[1].drain.has_value(), true);
  const auto until = set_drain(*drained, "grid.json", "web", "vm8", R"("2030-01-01T00:00:00Z")");
  ASSERT_TRUE(until);
  EXPECT_TRUE(parsed_grid(*until).services[0].backends[1].drain->until);
  EXPECT_EQ(set_drain(*until, "grid.json", "web", "vm8", std::nullopt).value_or(""), text);
  EXPECT_EQ(set_drain(text, "grid.json", "web", "vm9", "true").error().kind, ErrorKind::kUsage);
  EXPECT_EQ(set_drain(text, "grid.json", "shop", "vm7", "true").error().kind, ErrorKind::kUsage);
}

// All that a drain changes of a document, as text.
std::string drains_in(const Document& document) {
  std::string all;
  for (const PublishedService& service : document.services) {
    all += fmt::format("{} {}-{}", service.name, service.begin, service.end);
    for (const Backend& backend : service.backends)
      all += fmt::format(" {}={}{}", backend.name, backend.drain.has_value(),
                         backend.drain && backend.drain->until ? rfc3339(*backend.drain->until) : "");
  }
  for (const Forward& forward : document.forwards)
    if (forward.service)
      for (const Member& member : forward.service->members)
        all += fmt::format(" {}:{}{}", name_of(forward.name, member), static_cast<int>(member.state),
                           member.until ? rfc3339(*member.until) : "");
  return all;
}

// The two ways to the same document: what the edit makes of its text, read; and what it makes of the
// document.
TEST(Services, ADrainInPlaceIsWhatTheTextSaysThen) {
  const std::string json[] = {"true", R"("2030-01-01T00:00:00Z")", ""};
  const std::optional<Drain> drains[] = {
      Drain{}, Drain{std::chrono::sys_days(std::chrono::year(2030) / 1 / 1)}, std::nullopt};
  for (const auto* mode : {"both", "wireguard-only", "overlay-only"})
    for (const auto* balance : {"round-robin", "prefer:overlay"}) {
      std::string text = grid(mode, balance);
      Document document = parsed_grid(text);
      for (const size_t turn : {0, 1, 0, 2, 2, 1, 2})
        for (const std::string backend : {"vm7", "vm8"}) {
          const auto edit = drain_edit(text, document.services[0], backend,
                                       json[turn].empty() ? std::nullopt : std::optional(json[turn]));
          ASSERT_TRUE(edit) << text;
          const auto back = put_drain(document, {"web", backend, drains[turn]});
          ASSERT_TRUE(back);
          move_places(document, *edit);
          ASSERT_TRUE(make_edit(text, *edit));
          EXPECT_EQ(drains_in(document), drains_in(parsed_grid(text))) << text;
          Document earlier = document;
          ASSERT_TRUE(put_drain(earlier, *back));
          EXPECT_EQ(earlier.services[0].backends[0].drain.has_value(),
                    backend == "vm7" ? back->drain.has_value()
                                     : document.services[0].backends[0].drain.has_value());
        }
    }
}

TEST(Services, WhatIsNotOneEditInItsLineIsNotDrainedInPlace) {
  const std::string text = grid("both");
  Document document = parsed_grid(text);
  EXPECT_FALSE(drain_edit(text, document.services[0], "vm9", "true")) << "no such backend";
  EXPECT_FALSE(drain_edit(text.substr(0, 40), document.services[0], "vm7", "true")) << "another text";
  EXPECT_FALSE(put_drain(document, {"web", "vm9", Drain{}}));
  EXPECT_FALSE(put_drain(document, {"shop", "vm7", Drain{}}));
  const std::string with = ",\n   \"drain\": true",
                    without = "{\n \"backends\": [\n  {\n   \"name\": \"vm7\"";
  const std::string own_line = without + with + "\n  }\n ]\n}", lines = without + "\n  }\n ]\n}";
  const auto whole = [](const std::string& one) {
    return PublishedService{.name = "web", .begin = 0, .end = static_cast<uint32_t>(one.size())};
  };
  EXPECT_FALSE(drain_edit(own_line, whole(own_line), "vm7", std::nullopt))
      << "what is behind it would stand on another line";
  const auto edit = drain_edit(lines, whole(lines), "vm7", "true");
  ASSERT_TRUE(edit);
  EXPECT_EQ(edit->inserted, ", \"drain\": true");
}

}   // namespace
}   // namespace sluice::test
