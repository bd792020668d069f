// SPDX-License-Identifier: GPL-2.0-or-later
// What `sluice explain --watch` asks and says of packets.
#include <gtest/gtest.h>

#include "cli/explain_watch.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

json watched_line() {
  return json::parse(R"({"time": "2026-11-27T10:20:30.123Z", "interface": "wan", "length": 74,
      "packet": "tcp 192.0.2.1:4000 > 203.0.113.1:81", "verdict": "dropped", "reason": "policy", "left": null,
      "story": "dropped: policy (why), internet > host",
      "question": {"in": "wan", "protocol": "tcp", "source": "192.0.2.1:4000", "destination": "203.0.113.1:81",
                   "begins": true}})");
}

json stages(const char* verdict) {
  return {{"verdict", verdict},
          {"stages", {{{"stage", "policy"}, {"rule", nullptr}, {"finding", "no policy accepts it"}}}}};
}

TEST(ExplainWatch, AsksAboutTheBeginningAsIfItWereNew) {
  json line = watched_line();
  const std::string target = explain_target(line, false);
  EXPECT_TRUE(target.starts_with("/v1/explain?")) << target;
  EXPECT_NE(target.find("new=1"), std::string::npos);
  line["question"]["begins"] = false;
  EXPECT_EQ(explain_target(line, false).find("new="), std::string::npos);
  EXPECT_NE(explain_target(line, true).find("new=1"), std::string::npos);
  line["question"] = nullptr;
  EXPECT_EQ(explain_target(line, true), "");
}

TEST(ExplainWatch, TellsStagesAndWhatBecameOfIt) {
  EXPECT_EQ(watched_text(watched_line(), stages("dropped"), {}),
            "10:20:30.123 tcp 192.0.2.1:4000 > 203.0.113.1:81, 74 bytes by wan\n"
            "STAGE   RULE  FINDING\n"
            "policy  -     no policy accepts it\n"
            "dropped: policy (why), internet > host\n\n");
}

TEST(ExplainWatch, SaysWhereTheAnswerIsAnotherOneMeanwhile) {
  EXPECT_NE(
      watched_text(watched_line(), stages("forwarded"), {}).find("a moment later, it would be forwarded"),
      std::string::npos);
}

TEST(ExplainWatch, SaysHowItLeft) {
  json line = watched_line();
  line["left"] = {{"interface", "lan"}, {"packet", "tcp 192.0.2.1:4000 > 192.168.10.2:80"}};
  EXPECT_NE(watched_text(line, nullptr, {}).find("; left by lan as tcp 192.0.2.1:4000 > 192.168.10.2:80\n"),
            std::string::npos);
}

TEST(ExplainWatch, SaysWhatIsNotShown) {
  EXPECT_EQ(watched_text({{"passed_over", 80}}, nullptr, {}),
            "80 more came in the same second, and are not shown\n");
  EXPECT_EQ(watched_text({{"lost", 3}}, nullptr, {}), "3 packets were lost: there were too many of them\n");
  EXPECT_EQ(watched_text({{"ended", "\x1b[2Jgone"}}, nullptr, {}).find('\x1b'), std::string::npos);
}

}   // namespace
}   // namespace sluice::cli
