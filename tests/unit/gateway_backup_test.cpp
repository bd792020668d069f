// SPDX-License-Identifier: GPL-2.0-or-later
// What a backup says, and what of it becomes of another machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "../support/state_directory.hpp"
#include "base/file.hpp"
#include "gateway/restore.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::key_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kText[] =
    R"({ "version": 1, "interfaces": { "eth0": { "zone": "internet" }, "eth1": { "zone": "lan" } } })";

Backup small() {
  Backup backup;
  backup.host = "gw";
  backup.time = "2026-11-25T20:00:00Z";
  backup.history = {{.number = 3,
                     .time = "2026-11-24T20:00:00Z",
                     .who = "ann",
                     .why = "first",
                     .file = "a.json",
                     .text = kText},
                    {.number = 5,
                     .time = "2026-11-25T10:00:00Z",
                     .who = "ann",
                     .why = "wrong",
                     .file = "a.json",
                     .text = "not a document",
                     .files = {{"set.txt", "192.0.2.1 # caf\xe9\n"}},
                     .result = RevisionResult::kRolledBack,
                     .verdict = {"2026-11-25T10:01:00Z", "sluiced", "not confirmed"}}};
  backup.in_force = backup.history[0];
  backup.allotments = {{{"home", "", "device"}, {"wg-home", 0}},
                       {{"home", "", "port"}, {"51820", 0}},
                       {{"home", "phone", "address"}, {"10.100.0.2", 0}},
                       {{"old", "", "port"}, {"51821", 1700000000}}};
  backup.keys = {{"network-keys/home.key", key_of(1)}, {"keys/home/phone.key", key_of(2)}};
  backup.objects = {{.kind = 1, .name = "out", .flows = 1, .packets = 2, .bytes = 3}};
  backup.endpoints = {{.name = "home/phone", .from = {4, 5}, .to = {6, 7}, .drops = {}}};
  return backup;
}

Backup read_again(const Backup& backup) { return parse_backup(text_of(backup).value().text).value(); }

TEST(Backup, ComesBackAsItWas) {
  const Backup before = small(), after = read_again(before);
  EXPECT_EQ(after.host, "gw");
  EXPECT_EQ(after.in_force.number, 3);
  ASSERT_EQ(after.history.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const Revision &one = after.history[i], &other = before.history[i];
    EXPECT_TRUE(same_content(one, other));
    EXPECT_EQ(std::tie(one.number, one.time, one.who, one.why, one.file, one.result, one.verdict.why),
              std::tie(other.number, other.time, other.who, other.why, other.file, other.result,
                       other.verdict.why));
  }
  EXPECT_EQ(after.allotments, before.allotments);
  EXPECT_EQ(after.keys, before.keys);
  EXPECT_EQ(after.objects[0].bytes, 3u);
  EXPECT_EQ(after.endpoints[0].to.bytes, 7u);
}

TEST(Backup, KeepsATextOnceThatManyRevisionsHave) {
  Backup backup = small();
  backup.history[0].text = backup.in_force.text = std::string(100000, 'x');
  for (int64_t number = 6; number < 50; ++number) {
    backup.history.push_back(backup.in_force);
    backup.history.back().number = number;
  }
  EXPECT_LT(text_of(backup).value().text.size(), 130000u);
  EXPECT_EQ(read_again(backup).history.size(), 46u);
}

TEST(Backup, LeavesTheOldestOutWhereThereIsNoRoom) {
  Backup backup = small();
  backup.history.clear();
  for (int64_t number = 1; number <= 5; ++number)
    backup.history.push_back({.number = number,
                              .file = "a",
                              .text = std::string(size_t{10} << 20, static_cast<char>('a' + number))});
  backup.in_force = backup.history[0];   // the oldest of them
  const auto text = text_of(backup).value();
  EXPECT_EQ(text.left_out, 2u);
  const Backup read = parse_backup(text.text).value();
  ASSERT_EQ(read.history.size(), 3u);
  EXPECT_EQ(read.history[0].number, 1);
  EXPECT_EQ(read.history[2].number, 5);
  backup.in_force.text.append(size_t{30} << 20, 'x');
  EXPECT_THAT(text_of(backup).error().message, HasSubstr("a backup has at most 32"));
}

TEST(Backup, ThatIsNoneIsOneSentence) {
  const std::string good = text_of(small()).value().text;
  EXPECT_THAT(parse_backup("").error().message, HasSubstr("none of sluice's"));
  EXPECT_THAT(parse_backup("[]").error().message, HasSubstr("none of sluice's"));
  EXPECT_THAT(parse_backup(R"({"format": 2})").error().message,
              HasSubstr("format 2, and this release knows format 1"));
  const auto whole = nlohmann::json::parse(good);
  for (const auto& member : whole.items()) {
    auto broken = whole;
    broken.erase(member.key());
    EXPECT_FALSE(parse_backup(broken.dump())) << member.key();
    broken[member.key()] = "something else";
    EXPECT_FALSE(parse_backup(broken.dump()) && member.key() != "host" && member.key() != "time")
        << member.key();
  }
  auto elsewhere = whole;
  elsewhere["revisions"][0]["text"] = 99;
  EXPECT_FALSE(parse_backup(elsewhere.dump()));
  elsewhere = whole;
  elsewhere["allotments"][0][0] = "../../etc";
  EXPECT_THAT(parse_backup(elsewhere.dump()).error().message, HasSubstr("a name that is none"));
  elsewhere = whole;
  elsewhere["keys"]["network-keys/home.key"] = "short";
  EXPECT_THAT(parse_backup(elsewhere.dump()).error().message, HasSubstr("a key that is none"));
}

TEST(Backup, HasOtherNamesOfDevicesEverywhere) {
  Backup backup = small();
  ASSERT_TRUE(rename_devices(backup, {{"eth0", "ens3"}, {"wg-home", "wg-0"}}));
  EXPECT_THAT(backup.in_force.text, HasSubstr("\"ens3\""));
  EXPECT_EQ(backup.history[0].text, backup.in_force.text);
  EXPECT_EQ(backup.history[1].text, "not a document");
  EXPECT_EQ(backup.allotments.at({"home", "", "device"}).value, "wg-0");
  for (const DeviceMap& wrong :
       {DeviceMap{{"eth7", "ens3"}}, DeviceMap{{"ens3", "eth1"}}, DeviceMap{{"eth1", "wg-0"}}}) {
    const auto refused = rename_devices(backup, wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
  }
  EXPECT_TRUE(rename_devices(backup, {{"ens3", "eth1"}, {"eth1", "ens3"}})) << "they change places";
}

struct RestoreTest : test::StateDirectoryTest {
  KeyFiles files{dir_ / "state", dir_ / "copy"};
  RestoreTest() {
    std::filesystem::create_directories(dir_ / "state");
    std::filesystem::create_directories(dir_ / "copy");
  }

  static Document document(std::string key_file = "") {
    Document made;
    made.networks.resize(1);
    made.networks[0].name = "home";
    made.networks[0].key_file = std::move(key_file);
    made.networks[0].endpoints = {{.name = "phone"}};
    return made;
  }
};

TEST_F(RestoreTest, SaysWhatClientsHereWouldLose) {
  const Backup backup = small();
  EXPECT_THAT(lost_by(backup, document(), {}, files).value(), IsEmpty());
  EXPECT_THAT(lost_by(backup, document(), backup.allotments, files).value(), IsEmpty());
  Allotments here = backup.allotments;
  here[{"home", "", "port"}] = {"51829", 0};
  here[{"home", "", "mtu"}] = {"1400", 0};
  here[{"shop", "", "port"}] = {"51825", 0};
  here[{"shop", "", "vcid"}] = {"12345678", 0};
  here[{"gone", "", "port"}] = {"51826", 1700000000};
  ASSERT_TRUE(files.put({{"keys/home/phone.key", key_of(9)}}));
  EXPECT_THAT(lost_by(backup, document(), here, files).value(),
              ElementsAre("network \"home\" has port 51829, and 51820 in the backup",
                          "network \"shop\" is not in the backup",
                          "endpoint \"phone\" of network \"home\" has another key in keys/home/phone.key"));
}

TEST_F(RestoreTest, WritesKeysOnlyWhereKeysBelong) {
  Backup backup = small();
  for (const char* file : {"sluice.db-journal", "./sluice.db", "unsound-sluice.db", "lock", "keys/../lock"}) {
    backup.keys[file] = key_of(3);
    EXPECT_THAT(lost_by(backup, document(file), {}, files).error().message,
                HasSubstr("is no place for a key"))
        << file;
  }
  backup.keys["keys/of-nobody.key"] = backup.keys["../elsewhere.key"] = backup.keys["/etc/absolute.key"] =
      key_of(4);
  const Restoring restoring = restoring_of(backup, document(), {});
  EXPECT_EQ(*restoring.keys,
            (KeyTable{{"network-keys/home.key", key_of(1)}, {"keys/home/phone.key", key_of(2)}}));
}

TEST_F(RestoreTest, TakesInKeysWhoseFilesAreElsewhere) {
  const std::string outside = dir_ / "outside.key";
  Backup backup = small();
  backup.in_force.text = R"({"networks": {"home": {"key_file": ")" + outside + R"("}}})";
  backup.keys[outside] = key_of(5);
  Backup same = backup;
  const auto told = take_in_key_files(backup, document(outside), files).value();
  EXPECT_THAT(told, ElementsAre(HasSubstr("is now restored-keys" + outside)));
  EXPECT_EQ(backup.in_force.text,
            R"({"networks": {"home": {"key_file": "restored-keys)" + outside + R"("}}})");
  EXPECT_EQ(backup.keys.at("restored-keys" + outside), key_of(5));
  ASSERT_TRUE(write_file_atomically(outside, to_string(key_of(5)) + "\n", 0600));
  EXPECT_THAT(take_in_key_files(same, document(outside), files).value(), IsEmpty()) << "it is there";
  EXPECT_FALSE(same.keys.contains(outside));
  ASSERT_TRUE(files.put({{"restored-keys" + outside, key_of(5)}}));
  ASSERT_TRUE(files.erase());
  EXPECT_FALSE(std::filesystem::exists(dir_ / "state/restored-keys")) << "a cleanup leaves no key";
}

TEST_F(RestoreTest, HeldKeysComeBeforeThoseInFiles) {
  const Network home{.name = "home"};
  ASSERT_TRUE(files.put({{"network-keys/home.key", key_of(1)}}));
  EXPECT_EQ(read_file(dir_ / "copy/network-keys/home.key", 100).value_or("none"),
            to_string(key_of(1)) + "\n");
  const KeyFiles held(dir_ / "state", dir_ / "copy",
                      std::make_shared<const KeyTable>(KeyTable{{"network-keys/home.key", key_of(7)}}));
  EXPECT_EQ(held.of_network(home, true).value(), key_of(7));
  EXPECT_EQ(files.of_network(home, true).value(), key_of(1)) << "nothing was written";
  EXPECT_EQ(read_file(dir_ / "copy/network-keys/home.key", 100).value_or("none"),
            to_string(key_of(1)) + "\n");
}

}   // namespace
}   // namespace sluice
