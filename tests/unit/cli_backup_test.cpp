// SPDX-License-Identifier: GPL-2.0-or-later
// `backup` and `restore`: what goes to the daemon, and what goes into the file.
#include <sys/stat.h>

#include "cli_rig.hpp"
#include "seal/sealed_file.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

struct BackupVerbs : CliTest {
  SealKeyPair keys = make_seal_keys();
  std::string secret = file("secret.key", secret_text(keys) + "\n");
  std::string target = files / "gw.backup";

  BackupVerbs() {
    daemon.service.answers.insert({"backup", json{{"host", "gw"},
                                                  {"time", "2026-11-25T20:00:00Z"},
                                                  {"revision", 7},
                                                  {"revisions", 3},
                                                  {"left_out", 0},
                                                  {"backup", "all of it"}}});
    daemon.service.answers.insert({"restore", json{{"host", "gw"},
                                                   {"time", "2026-11-25T20:00:00Z"},
                                                   {"from_revision", 7},
                                                   {"revision", 8},
                                                   {"steps", json::array({{{"text", "load the programs"}}})},
                                                   {"warnings", json::array({"no eth0"})}}});
  }
  Ran back_up() { return run({"backup", target, "--to", public_text(keys.public_key)}); }
  Ran restore(std::vector<std::string> more) {
    std::vector<std::string> words{"restore", target, "--key-file", secret};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

TEST_F(BackupVerbs, backup_seals_what_the_daemon_answers) {
  const auto ran = back_up();
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "revision 7 of gw and 3 kept with it are in " + target + "\n");
  EXPECT_EQ(open_with_key(slurp(target), keys).value(), "all of it");
  struct stat found {};
  ASSERT_EQ(::stat(target.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(BackupVerbs, backup_asks_nobody_where_it_could_not_seal) {
  EXPECT_EQ(run({"backup"}).status, kExitUsage);
  EXPECT_EQ(run({"backup", target, "--to", "nonsense"}).status, kExitUsage);
  EXPECT_EQ(run({"backup", target, "--passphrase-file", file("empty", "\n")}).status, kExitUsage);
  EXPECT_EQ(run({"backup", target, "--passphrase-file", files / "nowhere"}).status, kExitFailed);
  EXPECT_EQ(run({"backup", target, "--generate-key", files / "new.key"}).status, kExitUsage);
  EXPECT_TRUE(daemon.service.calls.empty());
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(BackupVerbs, restore_says_what_it_is_of_and_all_that_was_asked) {
  ASSERT_EQ(back_up().status, kExitDone);
  const auto ran =
      restore({"--map", "eth0=ens3", "--map", "eth1=ens4", "--confirm", "5m", "--why", "fire", "--replace"});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(ran.out, "1. load the programs\n");
  EXPECT_EQ(
      ran.err,
      "backup of gw, 2026-11-25T20:00:00Z, revision 7\nwarning: no eth0\nrevision 8 is in force: 1 step\n");
  ASSERT_EQ(daemon.service.restores.size(), 1u);
  const RestoreRequest& asked = daemon.service.restores[0];
  EXPECT_EQ(asked.backup, "all of it");
  EXPECT_EQ(asked.names, (std::vector<std::string>{"eth0=ens3", "eth1=ens4"}));
  EXPECT_EQ(asked.confirm_within, std::chrono::seconds(300));
  EXPECT_EQ(asked.why, "fire");
  EXPECT_TRUE(asked.replace && !asked.dry_run);
}

TEST_F(BackupVerbs, a_dry_run_says_that_nothing_changed) {
  ASSERT_EQ(back_up().status, kExitDone);
  const auto ran = restore({"--dry-run"});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_TRUE(ran.err.ends_with("warning: no eth0\nnothing was changed\n")) << ran.err;
  EXPECT_TRUE(daemon.service.restores[0].dry_run);
}

TEST_F(BackupVerbs, restore_asks_nobody_where_the_file_does_not_open) {
  ASSERT_EQ(back_up().status, kExitDone);
  daemon.service.calls.clear();
  EXPECT_EQ(run({"restore", target}).err,
            "sluice: " + target +
                ": it is sealed for a public key: --key-file names the file with the secret one\n");
  EXPECT_EQ(run({"restore", target, "--key-file", target}).status, kExitUsage);
  EXPECT_EQ(run({"restore", file("x", "{}"), "--key-file", secret}).status, kExitFailed);
  EXPECT_EQ(restore({"--confirm", "5"}).status, kExitUsage);
  EXPECT_TRUE(daemon.service.calls.empty());
}

TEST_F(BackupVerbs, a_pair_of_keys_is_made_once) {
  const std::string made = files / "made.key";
  const auto ran = run({"backup", "--generate-key", made});
  ASSERT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(parse_secret(slurp(made)).value().public_key, parse_public(ran.out).value());
  EXPECT_EQ(run({"backup", "--generate-key", made}).status, kExitUsage);
  EXPECT_EQ(parse_secret(slurp(made)).value().public_key, parse_public(ran.out).value());
}

}   // namespace
}   // namespace sluice::cli
