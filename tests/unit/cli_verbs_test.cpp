// SPDX-License-Identifier: GPL-2.0-or-later
// Each verb with its exit statuses: what goes to the daemon, what is said where.
#include <sys/stat.h>

#include "cli_rig.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kDocument = R"({
  "version": 1,
  "interfaces": { "eth0": { "zone": "internet" }, "eth1": { "zone": "lan" } },
  "policies": [ { "name": "lan-out", "from": "lan", "to": "internet", "action": "accept" } ]
}
)";

struct Verbs : CliTest {
  std::string good = file("home.json", kDocument);
  std::string bad = file("bad.json", R"({"version": 1, "polcies": []})");

  ApiResult refusal(std::string message, ErrorKind kind, json complaints = json::array()) {
    return ApiResult(std::unexpect, Error{std::move(message), kind}, std::move(complaints));
  }
};

// No daemon: every connection is refused.
struct Alone : testing::Test {
  FakeMachine machine;
  TempDirectory files;
  Ran run(std::vector<std::string> words, std::string_view input = "") {
    words.insert(words.end(), {"--socket", (files / "nobody").native()});
    return run_words(std::move(words), machine, input);
  }
};

TEST_F(Verbs, check_says_what_is_in_a_valid_document) {
  const auto ran = run({"check", good});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(ran.err.ends_with(good + ": 2 interfaces, 1 policy: valid\n")) << ran.err;
  EXPECT_TRUE(daemon.service.calls.empty());
}

TEST_F(Verbs, check_prints_every_complaint) {
  const auto ran = run({"check", bad});
  EXPECT_EQ(ran.status, kExitInvalidDocument);
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(ran.err.starts_with(bad + ":1:")) << ran.err;
  EXPECT_NE(ran.err.find("polcies"), std::string::npos) << ran.err;
}

TEST_F(Verbs, check_gives_complaints_as_json) {
  const auto ran = run({"check", bad, "-o", "json"});
  EXPECT_EQ(ran.status, kExitInvalidDocument);
  const auto result = json::parse(ran.out);
  EXPECT_EQ(result["valid"], false);
  EXPECT_EQ(result["complaints"][0]["file"], bad);
  EXPECT_EQ(json::parse(run({"check", good, "-o", "json"}).out)["valid"], true);
}

TEST_F(Verbs, check_reads_standard_input) {
  const auto ran = run({"check", "-"}, "{");
  EXPECT_EQ(ran.status, kExitInvalidDocument);
  EXPECT_TRUE(ran.err.starts_with("stdin:1:")) << ran.err;
}

TEST_F(Verbs, check_says_which_file_is_missing) {
  const auto ran = run({"check", "/nowhere/home.json"});
  EXPECT_EQ(ran.status, kExitFailed);
  EXPECT_NE(ran.err.find("/nowhere/home.json"), std::string::npos);
}

TEST_F(Verbs, fmt_prints_compares_and_writes) {
  const auto printed = run({"fmt", good});
  ASSERT_EQ(printed.status, kExitDone) << printed.err;
  ::chmod(good.c_str(), 0640);
  EXPECT_EQ(run({"fmt", good, "--write"}).status, kExitDone);
  EXPECT_EQ(slurp(good), printed.out);
  struct stat info {};
  ASSERT_EQ(::stat(good.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
  EXPECT_EQ(run({"fmt", good, "--check"}).status, kExitDone);
}

TEST_F(Verbs, fmt_check_says_that_it_differs) {
  const auto ugly = file("ugly.json", "{   \"version\":\n\n\n1}");
  const auto ran = run({"fmt", ugly, "--check"});
  EXPECT_EQ(ran.status, kExitDifferent);
  EXPECT_EQ(ran.err, ugly + ": not in canonical layout\n");
  EXPECT_EQ(run({"fmt", ugly, "--check", "--write"}).status, kExitUsage);
  EXPECT_EQ(run({"fmt", "-", "--write"}, "{}").status, kExitUsage);
}

TEST_F(Verbs, explain_asks_the_daemon_and_shows_its_stages) {
  daemon.service.answers.insert(
      {"explain", json{{"verdict", "forwarded"},
                       {"stages",
                        {{{"stage", "policy"}, {"rule", "out"}, {"finding", "accepts"}},
                         {{"stage", "verdict"}, {"rule", nullptr}, {"finding", "forwarded"}}}}}});
  const auto ran = run({"explain", "--in", "lan", "--protocol", "tcp", "--source", "[2001:db8::1]:40000",
                        "--destination", "[2001:db8::2]:80", "--new"});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(ran.out, "STAGE    RULE  FINDING\npolicy   out   accepts\nverdict  -     forwarded\n");
  ASSERT_EQ(daemon.service.packets.size(), 1u);
  EXPECT_EQ(daemon.service.packets[0].source, "[2001:db8::1]:40000");
  EXPECT_TRUE(daemon.service.packets[0].as_new);
}

TEST_F(Verbs, whose_answers_from_the_document_alone) {
  const auto provider = file(
      "provider.json", slurp(std::filesystem::path(SLUICE_SOURCE_DIR) / "config/examples/provider.json"));
  const auto ran = run({"whose", provider, "--outside", "203.0.113.8:2015", "-o", "json"});
  ASSERT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(json::parse(ran.out)["hosts"],
            json::parse(R"([{"inside": "100.64.0.7", "ports": "1906-2031", "masquerade": "homes"}])"));
  const auto nobody = run({"whose", provider, "--outside", "203.0.113.9:80"});
  EXPECT_EQ(nobody.status, kExitDone);
  EXPECT_NE(nobody.err.find("no deterministic masquerade"), std::string::npos);
  for (const char* wrong : {"203.0.113.8", "203.0.113.8:x", "203.0.113.8:70000", "2001:db8::1:80"})
    EXPECT_EQ(run({"whose", provider, "--outside", wrong}).status, kExitUsage) << wrong;
}

TEST_F(Verbs, plan_sends_the_document_and_tells_a_difference) {
  daemon.service.answers.insert({"plan", json{{"steps", {{{"text", "add address 192.0.2.1/24 to eth1"}}}}}});
  const auto ran = run({"plan", good});
  EXPECT_EQ(ran.status, kExitDone);
  EXPECT_EQ(ran.out, "1. add address 192.0.2.1/24 to eth1\n");
  EXPECT_EQ(daemon.service.documents[0].text, kDocument);
  EXPECT_EQ(run({"plan", good, "--exit-code"}).status, kExitDifferent);
}

TEST_F(Verbs, plan_without_steps_is_nothing_to_do) {
  daemon.service.answers.insert({"plan", json{{"steps", json::array()}}});
  const auto ran = run({"plan", good, "--exit-code"});
  EXPECT_EQ(ran.status, kExitDone);
  EXPECT_EQ(ran.out, "nothing to do\n");
}

TEST_F(Verbs, plan_prints_what_the_daemon_complains_of) {
  const json complaints =
      json::array({{{"text", "home.json:1:1: wrong\n  {\n  ^"}}, {{"text", "bad \033[2J"}}});
  daemon.service.answers.insert(
      {"plan", refusal("home.json: 2 complaints", ErrorKind::kInvalidDocument, complaints)});
  const auto ran = run({"plan", good});
  EXPECT_EQ(ran.status, kExitInvalidDocument);
  EXPECT_EQ(ran.err, "home.json:1:1: wrong\n  {\n  ^\nbad \\x1b[2J\nsluice: home.json: 2 complaints\n");
}

TEST_F(Verbs, apply_prints_steps_and_says_which_revision_is_in_force) {
  daemon.service.answers.insert({"apply", json{{"revision", 4},
                                               {"steps", {{{"text", "put the rules"}}}},
                                               {"warnings", {"UDP timeout is short"}}}});
  const auto ran = run({"apply", good, "--why", "shop"});
  EXPECT_EQ(ran.status, kExitDone);
  EXPECT_EQ(ran.out, "1. put the rules\n");
  EXPECT_EQ(ran.err, "warning: UDP timeout is short\nrevision 4 is in force: 1 step\n");
  EXPECT_EQ(daemon.service.documents[0].why, "shop");
  EXPECT_EQ(daemon.service.documents[0].file, good);
}

TEST_F(Verbs, apply_that_is_degraded_has_a_status_of_its_own) {
  daemon.service.answers.insert(
      {"apply",
       json{{"revision", 4}, {"steps", json::array()}, {"degraded", {"interface \"eth9\" does not exist"}}}});
  const auto ran = run({"apply", good});
  EXPECT_EQ(ran.status, kExitDegraded);
  EXPECT_EQ(ran.err,
            "degraded: interface \"eth9\" does not exist\nrevision 4 is in force: nothing was to do\n");
}

TEST_F(Verbs, apply_that_was_rolled_back_has_one_too) {
  daemon.service.answers.insert(
      {"apply", refusal("step 2 failed; revision 3 is back", ErrorKind::kRolledBack)});
  const auto ran = run({"apply", good});
  EXPECT_EQ(ran.status, kExitRolledBack);
  EXPECT_EQ(ran.err, "sluice: step 2 failed; revision 3 is back\n");
}

TEST_F(Verbs, forward_add_and_remove_carry_what_was_said) {
  daemon.service.answers.insert({"add_forward", json{{"revision", 5}, {"steps", json::array()}}});
  const auto added =
      run({"forward", "add", "web", "--listen", "203.0.113.1", "--ports", "80,443", "--to",
           "192.168.10.2:8080", "--protocol", "tcp,udp", "--source", "admins", "--vrf", "red"});
  EXPECT_EQ(added.status, kExitDone) << added.err;
  ASSERT_EQ(daemon.service.forwards.size(), 1u);
  const auto& forward = daemon.service.forwards[0];
  EXPECT_EQ(forward.name, "web");
  EXPECT_EQ(forward.ports, (std::vector<std::string>{"80", "443"}));
  EXPECT_EQ(forward.protocols, (std::vector<std::string>{"tcp", "udp"}));
  EXPECT_EQ(forward.sources, std::vector<std::string>{"admins"});
  EXPECT_EQ(forward.vrf, "red");
  EXPECT_EQ(run({"forward", "remove", "a/b c"}).status, kExitDone);
  EXPECT_EQ(daemon.service.calls.back(), "remove_forward a/b c");
}

TEST_F(Verbs, export_gives_the_document_byte_for_byte) {
  const std::string text = "{ // Zürich\t\n}";
  daemon.service.answers.insert({"document", json{{"revision", 1}, {"file", "home.json"}, {"text", text}}});
  EXPECT_EQ(run({"export"}).out, text);
}

TEST_F(Verbs, doctor_fails_when_something_is_bad) {
  const auto checks = [](const char* state) {
    return json{{"checks", {{{"name", "btf"}, {"state", state}}}}};
  };
  daemon.service.answers.insert({"doctor", checks("warning")});
  EXPECT_EQ(run({"doctor"}).status, kExitDone);
  daemon.service.answers.insert_or_assign("doctor", checks("bad"));
  EXPECT_EQ(run({"doctor"}).status, kExitFailed);
}

TEST_F(Verbs, doctor_tells_where_sshd_is_seen_to_listen) {
  machine.ports_of_sshd = {2222, 22};
  run({"doctor"});
  EXPECT_EQ(daemon.service.calls.back(), "doctor 22 2222");
}

TEST_F(Verbs, doctor_is_content_with_one_engine) {
  json answer = {
      {"checks", {{{"name", "bpf"}, {"engine", "ebpf"}, {"state", "bad"}}}},
      {"engines", {{{"name", "ebpf"}, {"usable", false}}, {{"name", "nftables"}, {"usable", true}}}}};
  daemon.service.answers.insert({"doctor", answer});
  EXPECT_EQ(run({"doctor"}).status, kExitDone);
  answer["engines"][1]["usable"] = false;
  daemon.service.answers.insert_or_assign("doctor", answer);
  EXPECT_EQ(run({"doctor"}).status, kExitFailed);
}

TEST_F(Verbs, check_refuses_what_an_engine_cannot_do) {
  constexpr auto kHook = R"({ "version": 1, "interfaces": { "wan": { "zone": "internet", "hook": "tc" } } })";
  EXPECT_EQ(run({"check", "-"}, kHook).status, kExitDone);
  EXPECT_EQ(run({"check", "-", "--engine", "ebpf"}, kHook).status, kExitDone);
  const auto ran = run({"check", "-", "--engine", "nftables"}, kHook);
  EXPECT_EQ(ran.status, kExitInvalidDocument);
  EXPECT_NE(ran.err.find("stdin:1:70: interfaces.wan.hook: the nftables engine has no hook to choose"),
            std::string::npos)
      << ran.err;
  EXPECT_EQ(run({"check", "-", "--engine", "pf"}, kHook).status, kExitUsage);
}

TEST_F(Verbs, cleanup_asks_the_daemon) {
  daemon.service.answers.insert({"cleanup", json{{"removed", {"pins", "addresses"}}}});
  const auto ran = run({"cleanup"});
  EXPECT_EQ(ran.status, kExitDone);
  EXPECT_EQ(ran.out, "pins\naddresses\n");
  EXPECT_TRUE(machine.cleaned.empty());
}

TEST_F(Verbs, cleanup_does_not_take_down_another_daemon) {
  daemon.service.answers.insert({"status", json{{"paths", {{"state", "/a"}, {"pins", "/b"}}}}});
  const auto ran = run({"cleanup", "--pins", "/c"});
  EXPECT_EQ(ran.status, kExitUsage);
  EXPECT_NE(ran.err.find("has its pins in /b, not in /c"), std::string::npos) << ran.err;
  EXPECT_EQ(daemon.service.calls, std::vector<std::string>{"status"});
  EXPECT_EQ(run({"cleanup", "--pins", "/b", "--state", "/a"}).status, kExitDone);
}

TEST_F(Verbs, completion_knows_one_shell) {
  EXPECT_EQ(run({"completion", "bash"}).status, kExitDone);
  EXPECT_EQ(run({"completion", "tcsh"}).status, kExitUsage);
}

TEST_F(Alone, reading_says_that_nobody_answers) {
  const auto ran = run({"status"});
  EXPECT_EQ(ran.status, kExitUnreachable);
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(ran.err.starts_with("sluice: sluiced does not answer on ")) << ran.err;
}

TEST_F(Alone, plan_is_made_on_this_machine) {
  machine.plan_answer = json{{"steps", {{{"text", "load the programs"}}}}};
  const auto ran = run({"plan", "-", "--exit-code"}, kDocument);
  EXPECT_EQ(ran.status, kExitDifferent) << ran.err;
  EXPECT_EQ(ran.out, "1. load the programs\n");
  EXPECT_EQ(ran.err, "sluiced does not answer: planned against this machine without it\n");
  EXPECT_EQ(run({"plan", "-"}, "{").status, kExitInvalidDocument);
}

TEST_F(Alone, doctor_examines_this_machine) {
  machine.doctor_answer = {{"checks", {{{"name", "btf"}, {"state", "ok"}, {"finding", "there"}}}}};
  const auto ran = run({"doctor"});
  EXPECT_EQ(ran.status, kExitDone);
  EXPECT_EQ(ran.out, "STATE  ENGINE  CHECK  FINDING\nok     -       btf    there\n");
}

TEST_F(Alone, cleanup_works_on_this_machine) {
  auto ran = run({"cleanup"});
  EXPECT_EQ(ran.status, kExitDone);
  EXPECT_EQ(ran.err, "nothing to clean up\n");
  EXPECT_EQ(machine.cleaned, (std::vector<std::string>{"/var/lib/sluice", "/sys/fs/bpf/sluice"}));
  machine.cleanup_answer = std::vector<std::string>{"pins under /x"};
  ran = run({"cleanup", "--state", "/s", "--pins", "/x", "-o", "json"});
  EXPECT_EQ(json::parse(ran.out), (json{{"schema_version", 1}, {"removed", {"pins under /x"}}}));
  EXPECT_EQ(machine.cleaned, (std::vector<std::string>{"/s", "/x"}));
}

}   // namespace
}   // namespace sluice::cli
