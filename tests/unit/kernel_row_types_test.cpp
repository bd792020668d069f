// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of one description become rows of another by the names of their members.
#include <gtest/gtest.h>

#include <cstring>

#include "kernel/bpf/row_types.hpp"

namespace sluice {
namespace {

// A description that is written by hand, as the compiler would.
class Description {
 public:
  Description() : btf_(btf__new_empty()) {}
  ~Description() { btf__free(btf_); }
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;

  int number(const char* name, size_t bytes) { return btf__add_int(btf_, name, bytes, 0); }
  int named(const char* name, int type) { return btf__add_typedef(btf_, name, type); }
  int array(int type, uint32_t count) { return btf__add_array(btf_, number("index", 4), type, count); }
  struct Member {
    const char* name;
    int type;
    uint32_t at;   // bytes
  };
  int row(const char* name, uint32_t bytes, std::initializer_list<Member> members) {
    const int id = btf__add_struct(btf_, name, bytes);
    for (const Member& member : members) btf__add_field(btf_, member.name, member.type, member.at * 8, 0);
    return id;
  }
  RowType at(int id) const {
    return {SharedBtf(btf_, [](const btf*) {}), static_cast<uint32_t>(id)};
  }

 private:
  btf* btf_;
};

template <class To, class From>
To copied(const RowCopy& copy, const From& from) {
  To to;
  std::memset(&to, 0xff, sizeof(to));
  copy(&from, &to);
  return to;
}

struct Before {
  uint32_t packets, gone;
  uint16_t ports[2];
};
struct After {
  uint16_t ports[3];
  uint16_t filler;
  uint64_t packets;
  uint32_t fresh, filler2;
};

struct Releases : testing::Test {
  Description before, after;
  RowType old_row() {
    const int word = before.number("u32", 4), ports = before.array(before.number("u16", 2), 2);
    return before.at(
        before.row("row", sizeof(Before), {{"packets", word, 0}, {"gone", word, 4}, {"ports", ports, 8}}));
  }
  RowType new_row() {
    const int ports = after.array(after.number("u16", 2), 3);
    return after.at(after.row("row", sizeof(After),
                              {{"ports", ports, 0},
                               {"packets", after.number("u64", 8), 8},
                               {"fresh", after.number("u32", 4), 16}}));
  }
};

TEST_F(Releases, MembersAreFoundByTheirNamesAndTheOthersAreZero) {
  const auto copy = RowCopy::between(old_row(), new_row());
  ASSERT_TRUE(copy) << copy.error().message;
  const auto row = copied<After>(*copy, Before{7, 8, {80, 443}});
  EXPECT_EQ(row.packets, 7u);
  EXPECT_EQ(row.ports[0], 80);
  EXPECT_EQ(row.ports[1], 443);
  EXPECT_EQ(row.ports[2], 0);
  EXPECT_EQ(row.fresh, 0u);
}

TEST_F(Releases, WhatDoesNotFitBecomesTheLargest) {
  const auto copy = RowCopy::between(new_row(), old_row());
  ASSERT_TRUE(copy) << copy.error().message;
  EXPECT_EQ(copied<Before>(*copy, After{{80, 443, 1}, 0, 5'000'000'000, 1, 0}).packets, UINT32_MAX);
}

TEST_F(Releases, NothingInCommonIsRefused) {
  const RowType other = after.at(after.row("row", 4, {{"else", after.number("u32", 4), 0}}));
  const auto copy = RowCopy::between(old_row(), other);
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().message, "its rows have nothing in common with those of this release");
}

TEST_F(Releases, ANumberThatBecameAStructIsRefused) {
  const int inner = after.row("inner", 4, {{"packets", after.number("u32", 4), 0}});
  const auto copy = RowCopy::between(old_row(), after.at(after.row("row", 4, {{"packets", inner, 0}})));
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().message, "packets is of another kind there");
}

TEST_F(Releases, ANumberInNetworkByteOrderKeepsItsWidth) {
  const int port = before.named("__be16", before.number("u16", 2)),
            wide = after.named("__be32", after.number("u32", 4));
  const auto copy = RowCopy::between(before.at(before.row("row", 2, {{"port", port, 0}})),
                                     after.at(after.row("row", 4, {{"port", wide, 0}})));
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().message, "port has another width there, in network byte order");
}

TEST_F(Releases, MembersOfMembersAreFoundByTheirPath) {
  const int word = before.number("u32", 4);
  const int pair = before.row("pair", 8, {{"first", word, 0}, {"second", word, 4}});
  const RowType home =
      before.at(before.row("home", 24, {{"head", word, 0}, {"pairs", before.array(pair, 2), 8}}));
  const auto member = find_member(home, "pairs.second");
  ASSERT_TRUE(member);
  EXPECT_EQ(member->offset, 12u);
  EXPECT_EQ(find_member(home, "pairs")->count, 2u);
  EXPECT_FALSE(find_member(home, "pairs.third"));
}

}   // namespace
}   // namespace sluice
