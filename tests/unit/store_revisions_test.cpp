// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "../support/parsed.hpp"
#include "../support/state_directory.hpp"
#include "store/store.hpp"

namespace sluice {
namespace {

class StoreContent : public test::StateDirectoryTest {
 protected:
  Store open() { return Store::open(dir_).value(); }
  uintmax_t bytes_on_disk() const {
    uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_)) bytes += entry.file_size();
    return bytes;
  }
};

using test::address;

TEST_F(StoreContent, ANewOneHasNoRevision) { EXPECT_FALSE(open().current().value()); }

TEST_F(StoreContent, ARevisionComesBackAsItWasStored) {
  const std::string text("{ \"it's\": \"100 %\" }\n\0 ä", 24);
  ASSERT_EQ(
      open()
          .append(
              {.time = "2026-11-20T08:30:00Z", .who = "root", .why = "", .file = "home.json", .text = text})
          .value(),
      1);
  const auto current = open().current().value();
  ASSERT_TRUE(current);
  EXPECT_EQ(current->number, 1);
  EXPECT_EQ(current->time, "2026-11-20T08:30:00Z");
  EXPECT_EQ(current->who, "root");
  EXPECT_EQ(current->why, "");
  EXPECT_EQ(current->file, "home.json");
  EXPECT_EQ(current->text, text);
}

TEST_F(StoreContent, TheOneInForceIsTheNewestUnlessSaidOtherwise) {
  const auto number = [](Store& store) { return store.in_force().value().value_or(Revision{}).number; };
  Store store = open();
  EXPECT_EQ(number(store), 0);
  ASSERT_TRUE(store.append({.text = "{}"}));
  ASSERT_TRUE(store.append({.text = "{ }", .files = {{"a.txt", "10.0.0.0/8"}}}));
  EXPECT_EQ(number(store), 2);
  EXPECT_EQ(store.in_force().value()->files.size(), 1u);
  ASSERT_TRUE(store.set_in_force(1));
  EXPECT_EQ(number(store), 1);
  EXPECT_EQ(store.current().value()->number, 2);
  ASSERT_TRUE(store.append({.text = "{  }"}));
  EXPECT_EQ(number(store), 3);
}

TEST_F(StoreContent, AnEmptyTimeIsNow) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = "{}"}));
  EXPECT_EQ(store.current().value()->time.size(), std::string_view("2026-11-20T08:30:00Z").size());
}

TEST_F(StoreContent, HistoryIsNewestFirstAndBounded) {
  Store store = open();
  for (const auto* text : {"one", "two", "three"}) ASSERT_TRUE(store.append({.text = text}));
  const auto newest = store.history(2).value();
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].text, "three");
  EXPECT_EQ(newest[1].number, 2);
  EXPECT_TRUE(store.history(0).value().empty());
  EXPECT_EQ(store.history(100).value().size(), 3u);
}

TEST_F(StoreContent, ARevisionKeepsWhatWasInItsFiles) {
  const NamedTexts files{{"a.txt", "192.0.2.1\n"}, {"b.txt", ""}};
  Store store = open();
  ASSERT_TRUE(store.append({.text = "{}", .files = files}));
  ASSERT_TRUE(store.append({.text = "{ }"}));
  const auto all = store.history(2).value();
  EXPECT_TRUE(all[0].files.empty());
  EXPECT_EQ(all[1].files, files);
  EXPECT_FALSE(same_content(all[1], {.text = "{}"}));
}

TEST_F(StoreContent, WhatIsTheSameInRevisionsThatFollowIsKeptOnce) {
  const std::string text(1 << 20, 'x');
  Store store = open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(store.append({.text = "{}", .files = {{"a.txt", text}}}));
  EXPECT_EQ(store.history(20).value().back().files.at("a.txt"), text);
  EXPECT_LT(bytes_on_disk(), 5u << 20);
}

TEST_F(StoreContent, OwnedAddressesAreASet) {
  Store store = open();
  const OwnedAddress four{"eth1", address("192.168.10.1/24")}, six{"eth1.20", address("2001:db8::1/64")};
  ASSERT_TRUE(store.add_owned_address(four.first, four.second));
  ASSERT_TRUE(store.add_owned_address(four.first, four.second));
  ASSERT_TRUE(store.add_owned_address(six.first, six.second));
  EXPECT_EQ(store.owned_addresses().value(), (std::set<OwnedAddress>{four, six}));
  ASSERT_TRUE(store.remove_owned_address(four.first, four.second));
  ASSERT_TRUE(store.remove_owned_address(four.first, four.second));
  EXPECT_EQ(store.owned_addresses().value(), std::set<OwnedAddress>{six});
}

TEST_F(StoreContent, AMadeDeviceGetsItsNumberLater) {
  Store store = open();
  ASSERT_TRUE(store.put_owned_link({"br0", "bridge", 0, "boot"}));
  ASSERT_TRUE(store.put_owned_link({"br0", "bridge", 7, "boot"}));
  ASSERT_TRUE(store.put_owned_member("eth2", "br0"));
  const auto links = store.owned_links().value();
  ASSERT_EQ(links.size(), 1u);
  EXPECT_EQ(links[0].index, 7u);
  EXPECT_EQ(links[0].boot, "boot");
  EXPECT_EQ(store.owned_members().value(), (std::map<std::string, std::string>{{"eth2", "br0"}}));
  ASSERT_TRUE(store.remove_owned_link("br0"));
  ASSERT_TRUE(store.remove_owned_member("eth2"));
  EXPECT_TRUE(store.owned_links().value().empty());
  EXPECT_TRUE(store.owned_members().value().empty());
}

TEST_F(StoreContent, TheFirstValueOfASettingIsTheOneRemembered) {
  Store store = open();
  ASSERT_TRUE(store.remember_sysctl("net/ipv4/ip_forward", "0"));
  ASSERT_TRUE(store.remember_sysctl("net/ipv4/conf/all/forwarding", "0"));
  ASSERT_TRUE(store.remember_sysctl("net/ipv4/ip_forward", "1"));
  const auto originals = store.original_sysctls().value();
  ASSERT_EQ(originals.size(), 2u);
  EXPECT_EQ(originals[0].path, "net/ipv4/ip_forward") << "in the order of remembering";
  EXPECT_EQ(originals[0].value, "0");
  ASSERT_TRUE(store.forget_sysctl("net/ipv4/ip_forward"));
  EXPECT_EQ(store.original_sysctls().value().size(), 1u);
}

TEST_F(StoreContent, NotesAreReplaced) {
  Store store = open();
  EXPECT_FALSE(store.note("netns").value());
  ASSERT_TRUE(store.note("netns", "one"));
  ASSERT_TRUE(store.note("netns", "two"));
  EXPECT_EQ(store.note("netns").value(), "two");
}

TEST_F(StoreContent, AllotmentsAreThoseThatWerePutLast) {
  Store store = open();
  const Allotments first = {{{"home", "", "port"}, {"51820", 0}},
                            {{"home", "phone", "address"}, {"10.100.0.2", 0}}};
  ASSERT_TRUE(store.put_allotments(first));
  EXPECT_EQ(store.allotments().value(), first);
  const Allotments second = {{{"home", "", "port"}, {"51820", 1'800'000'000}}};
  ASSERT_TRUE(store.put_allotments(second));
  EXPECT_EQ(store.allotments().value(), second);
}

// A second daemon after kill -9: what was recorded before is there, and no lock is left.
TEST_F(StoreContent, KillNineForgetsNothingThatWasRecorded) {
  const pid_t child = ::fork();
  if (child == 0) {
    Store store = open();
    if (!store.add_owned_address("eth1", address("192.0.2.1/24")) ||
        !store.remember_sysctl("net/ipv4/ip_forward", "0") || !store.append({.text = "{}"}))
      ::_exit(1);
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  Store store = open();
  EXPECT_EQ(store.owned_addresses().value().size(), 1u);
  EXPECT_EQ(store.original_sysctls().value().size(), 1u);
  EXPECT_EQ(store.current().value()->text, "{}");
}

}   // namespace
}   // namespace sluice
