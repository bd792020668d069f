// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs of revisions: what goes to the daemon, what is printed, and the exit status.
#include "cli_rig.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr int kDone = 0, kFailed = 1, kUsage = 2, kDifferent = 8;

struct RevisionVerbs : CliTest {
  RevisionVerbs() {
    auto& answers = daemon.service.answers;
    answers.insert(
        {"apply", json{{"revision", 5}, {"steps", json::array()}, {"deadline", "2026-11-25T20:00:00Z"}}});
    answers.insert({"confirm", json{{"revision", 5}}});
    answers.insert({"rollback 0", json{{"revision", 4}, {"steps", json::array()}}});
    answers.insert({"rollback 3", json{{"revision", 3}, {"steps", json::array()}}});
    answers.insert({"document", document(5, R"({"version": 1, "engine": "ebpf"})")});
    answers.insert({"document 4", document(4, R"({"version": 1})")});
    answers.insert({"document 4 resolved", document(4, "{ }")});
  }
  static json document(int revision, const char* text) {
    return {{"revision", revision}, {"file", "x.json"}, {"text", text}, {"files", json::object()}};
  }
  std::string written(const std::string& text) {
    const auto path = files / "new.json";
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(RevisionVerbs, apply_tells_until_when_it_waits) {
  const auto ran = run({"apply", written(R"({"version": 1})"), "--confirm", "5m"});
  EXPECT_EQ(ran.status, kDone);
  ASSERT_EQ(daemon.service.documents.size(), 1u);
  EXPECT_EQ(daemon.service.documents[0].confirm_within, std::chrono::seconds(300));
  EXPECT_NE(
      ran.err.find("revision 5 is taken back at 2026-11-25T20:00:00Z unless `sluice confirm` is run before"),
      std::string::npos)
      << ran.err;
}

TEST_F(RevisionVerbs, a_time_that_is_none_is_one_sentence) {
  for (const char* text : {"0", "0s", "60", "1h30x", "25h", "86401s", " "}) {
    const auto ran = run({"apply", written(R"({"version": 1})"), "--confirm", text});
    EXPECT_EQ(ran.status, kUsage) << text;
    EXPECT_EQ(ran.err, std::string("sluice: apply: --confirm: \"") + text +
                           "\" is no time from 1s to 24h, such as 60s or 10m\n");
  }
  EXPECT_TRUE(daemon.service.documents.empty());
}

TEST_F(RevisionVerbs, confirm_and_rollback_say_which_and_why) {
  EXPECT_EQ(run({"confirm", "--why", "fine"}).err, "revision 5 is confirmed\n");
  EXPECT_EQ(run({"rollback"}).status, kDone);
  EXPECT_EQ(run({"rollback", "3", "--why", "slow"}).status, kDone);
  EXPECT_EQ(daemon.service.calls, (std::vector<std::string>{"confirm", "rollback 0", "rollback 3"}));
  EXPECT_EQ(daemon.service.changes[0].why, "fine");
  EXPECT_EQ(daemon.service.changes[2].why, "slow");
  EXPECT_EQ(run({"rollback", "x"}).status, kUsage);
  EXPECT_EQ(run({"rollback", "0"}).status, kFailed);
  EXPECT_EQ(run({"rollback", "1", "2"}).status, kUsage);
}

TEST_F(RevisionVerbs, diff_compares_the_meaning_of_revisions_and_files) {
  const auto same = written(R"({"engine": "ebpf", "timeouts": {"udp": "5m"}, "version": 1})");
  const auto equal = run({"diff", "running", same});
  EXPECT_EQ(equal.status, kDone);
  EXPECT_EQ(equal.out, "");
  const auto rows = run({"diff", "4", "running", "-o", "json"});
  EXPECT_EQ(rows.status, kDifferent);
  EXPECT_EQ(json::parse(rows.out), json::parse(R"([{"path": "engine", "old": null, "new": "ebpf"}])"));
  const auto lines = run({"diff", "4", "-o", "jsonl"});
  EXPECT_EQ(json::parse(lines.out)["path"], "engine");
  EXPECT_EQ(json::parse(lines.out)["schema_version"], 1);
  const auto text = run({"diff", "4"});
  EXPECT_EQ(text.status, kDifferent);
  EXPECT_EQ(text.out,
            "--- revision 4\n+++ revision 5\n@@ -1,3 +1,4 @@\n {\n+  \"engine\": \"ebpf\",\n"
            "   \"version\": 1\n }\n");
}

TEST_F(RevisionVerbs, two_files_need_no_daemon) {
  const auto one = written(R"({"version": 1})");
  FakeMachine nowhere;
  const auto ran = run_words({"--socket", "/nowhere", "diff", one, one}, nowhere);
  EXPECT_EQ(ran.status, kDone) << ran.err;
}

TEST_F(RevisionVerbs, export_prints_any_revision) {
  EXPECT_EQ(run({"export", "4"}).out, R"({"version": 1})");
  EXPECT_EQ(run({"export", "4", "--resolved"}).out, "{ }");
  EXPECT_EQ(run({"export", "four"}).status, kUsage);
}

TEST_F(RevisionVerbs, history_is_bounded_where_asked) {
  daemon.service.answers.insert({"history 2", json{{"history", json::array({{{"rev", 7},
                                                                             {"when", "2026-11-25T20:00:00Z"},
                                                                             {"who", "ann"},
                                                                             {"why", "the shop"},
                                                                             {"result", "confirmed"},
                                                                             {"in_force", true},
                                                                             {"pending", false}}})}}});
  const auto ran = run({"history", "-n", "2"});
  EXPECT_EQ(ran.status, kDone);
  EXPECT_EQ(ran.out,
            "REV  WHEN                  WHO  RESULT     STATE     WHY\n"
            "  7  2026-11-25T20:00:00Z  ann  confirmed  in force  the shop\n");
  EXPECT_EQ(run({"history", "-n", "0"}).status, kUsage);
}

}   // namespace
}   // namespace sluice::cli
