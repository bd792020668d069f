// SPDX-License-Identifier: GPL-2.0-or-later
// What the health of backends makes of services.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "../support/state_directory.hpp"
#include "gateway/health_book.hpp"

namespace sluice::test {
namespace {

using std::chrono::microseconds;
using enum MemberState;

Document document_of(std::vector<Member> members, Balance balance = Balance::kRoundRobin) {
  auto balancing = std::make_shared<Balancing>();
  balancing->balance = balance;
  balancing->health.type = CheckType::kTcp;
  balancing->members = std::move(members);
  Document document;
  Forward forward{.name = "web", .listen = IpAddress(), .ports = {{80, 80}}, .half_open = std::nullopt};
  forward.service = balancing;
  document.forwards = {forward, forward};
  return document;
}

Member member_of(const char* backend, const char* underlay, MemberState state = kServes) {
  return {.backend = backend, .underlay = underlay, .state = state};
}

class Books : public StateDirectoryTest {
 protected:
  std::vector<MemberState> states(const Document& declared, bool keep = true) {
    Document document = declared;
    book_.settle(document, keep);
    EXPECT_EQ(document.forwards[0].service, document.forwards[1].service)
        << "listeners share what they lead to";
    std::vector<MemberState> states;
    for (const Member& member : document.forwards[0].service->members) states.push_back(member.state);
    return states;
  }
  void want(const Document& document) {
    auto targets = health_targets(document);
    book_.want(targets);
  }
  void note(const std::string& name, Health state, int latency = 1000) {
    book_.note({.changes = {{name, state, "because", microseconds(latency)}}, .latencies = {}});
    book_.keep();
  }
  void measure(const std::string& name, int latency) {
    book_.note({.changes = {}, .latencies = {{name, microseconds(latency)}}});
  }

  HealthBook book_{dir_};
};

TEST_F(Books, WhoIsDownServesNobodyAndStaysKnown) {
  const Document document = document_of({member_of("one", "near"), member_of("two", "near")});
  want(document);
  EXPECT_EQ(states(document), (std::vector{kServes, kServes}));
  note("web/one/near", Health::kDown);
  EXPECT_EQ(book_.find("web/one/near")->before, Health::kUnknown) << "what is shown until the rules follow";
  EXPECT_EQ(states(document), (std::vector{kDown, kServes}));
  note("web/one/near", Health::kUp);
  EXPECT_EQ(book_.find("web/one/near")->before, Health::kDown);
  EXPECT_EQ(states(document), (std::vector{kServes, kServes}));
}

TEST_F(Books, TheOtherAddressServesWhereThePreferredOneIsDown) {
  const Document document = document_of({member_of("one", "near"), member_of("one", "far", kReserve),
                                         member_of("two", "near"), member_of("two", "far", kReserve)});
  want(document);
  EXPECT_EQ(states(document), (std::vector{kServes, kReserve, kServes, kReserve}));
  note("web/one/near", Health::kDown);
  EXPECT_EQ(states(document), (std::vector{kDown, kServes, kServes, kReserve}));
  note("web/one/far", Health::kDown);
  EXPECT_EQ(states(document), (std::vector{kDown, kDown, kServes, kReserve}));
  note("web/one/near", Health::kUp);
  EXPECT_EQ(states(document), (std::vector{kServes, kDown, kServes, kReserve}));
}

TEST_F(Books, WhoDrainsOrIsForbiddenStaysSo) {
  const Document document =
      document_of({member_of("one", "near", kDraining), member_of("two", "far", kForbidden)});
  want(document);
  note("web/one/near", Health::kDown);
  note("web/two/far", Health::kDown);
  EXPECT_EQ(states(document), (std::vector{kDraining, kForbidden}));
}

TEST_F(Books, OfAnotherAddressNothingIsKnown) {
  Document document = document_of({member_of("one", "near")});
  want(document);
  note("web/one/near", Health::kDown);
  Member moved = member_of("one", "near");
  moved.to = *IpAddress::parse("192.0.2.9");
  document = document_of({moved});
  EXPECT_EQ(states(document), (std::vector{kServes})) << "also before it is asked";
  want(document);
  EXPECT_EQ(book_.find("web/one/near")->state, Health::kUnknown);
}

TEST_F(Books, AreKeptForTheNextProcess) {
  const Document document = document_of({member_of("one", "near"), member_of("two", "near")});
  want(document);
  note("web/one/near", Health::kDown);
  const auto path = dir_ / "health.json";
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  book_ = HealthBook(dir_);
  EXPECT_EQ(states(document), (std::vector{kDown, kServes}));
  auto targets = health_targets(document);
  book_.want(targets);
  EXPECT_EQ(targets[0].state, Health::kDown);
  EXPECT_EQ(targets[1].state, Health::kUnknown);
}

TEST_F(Books, ThatAreDamagedBeginAnew) {
  const auto path = dir_ / "health.json";
  for (const char* text : {"", "[{\"name\": 7}]", "{}", "[1", "[[]]"}) {
    std::ofstream(path) << text;
    EXPECT_EQ(HealthBook(dir_).find("web/one/near"), nullptr) << text;
  }
}

TEST_F(Books, TheFastServeAndNobodyFlaps) {
  const Document document = document_of(
      {member_of("one", "near"), member_of("two", "near"), member_of("three", "near")}, Balance::kLatency);
  want(document);
  EXPECT_EQ(states(document), (std::vector{kServes, kServes, kServes})) << "nobody was measured";
  for (const auto& [name, time] : {std::pair{"one", 9000}, {"two", 10000}, {"three", 30000}})
    note("web/" + std::string(name) + "/near", Health::kUp, time);
  EXPECT_EQ(book_.choosing_others(document), std::set<std::string>{"web"});
  EXPECT_EQ(states(document), (std::vector{kServes, kServes, kSlower}));
  for (int turn = 0; turn < 4; ++turn) {
    measure("web/one/near", turn % 2 ? 9500 : 10500);
    measure("web/two/near", turn % 2 ? 10500 : 9500);
    EXPECT_TRUE(book_.choosing_others(document).empty());
  }
  measure("web/three/near", 11000);
  EXPECT_TRUE(book_.choosing_others(document).empty())
      << "who was slower comes back when it is as good, not before";
  measure("web/three/near", 9600);
  EXPECT_EQ(book_.choosing_others(document), std::set<std::string>{"web"});
  EXPECT_EQ(states(document, false), (std::vector{kServes, kServes, kServes}));
  EXPECT_EQ(book_.choosing_others(document), std::set<std::string>{"web"}) << "a preview chooses nothing";
  measure("web/two/near", 12000);
  EXPECT_EQ(states(document), (std::vector{kServes, kSlower, kServes}));
}

TEST_F(Books, TheSlowServeWhereTheFastAreDown) {
  const Document document =
      document_of({member_of("one", "near"), member_of("two", "near")}, Balance::kLatency);
  want(document);
  note("web/one/near", Health::kUp, 1000);
  note("web/two/near", Health::kUp, 90000);
  EXPECT_EQ(states(document), (std::vector{kServes, kSlower}));
  note("web/one/near", Health::kDown);
  EXPECT_EQ(states(document), (std::vector{kDown, kServes}));
}

TEST(HealthTargets, AskThePortOfTheAddressOrTheFirstOfTheService) {
  Member with_port = member_of("one", "near");
  with_port.port = 8080;
  const Document document = document_of({with_port, member_of("two", "near")});
  const auto targets = health_targets(document);
  ASSERT_EQ(targets.size(), 2u) << "each address once";
  EXPECT_EQ(targets[0].port, 8080);
  EXPECT_EQ(targets[1].port, 80);
}

}   // namespace
}   // namespace sluice::test
