// SPDX-License-Identifier: GPL-2.0-or-later
// Revisions that are kept as edits of earlier ones.
#include <gtest/gtest.h>

#include "../support/state_directory.hpp"
#include "store/store.hpp"

namespace sluice {
namespace {

constexpr int64_t kKept = 10;

class StoreTexts : public test::StateDirectoryTest {
 protected:
  Store open() {
    Store store = Store::open(dir_).value();
    store.keep_revisions(kKept);
    return store;
  }
  // One of which a byte is another one's, by the number of its turn.
  std::string text_of(int turn) const {
    std::string text = whole_;
    text[static_cast<size_t>(turn) % text.size()] = '#';
    return text;
  }
  int64_t append(Store& store, int64_t of, const std::string& before, const std::string& after) {
    return store
        .append({.who = "ann", .why = "w", .file = "f", .text = after, .files = {{"a.txt", "10.0.0.0/8"}}},
                EditOf{of, edit_between(before, after)})
        .value();
  }
  std::string found(Store& store, int64_t number) {
    const auto revision = store.find(number).value();
    return revision ? revision->text : "none";
  }
  uintmax_t bytes_on_disk() const {
    uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_)) bytes += entry.file_size();
    return bytes;
  }
  void run(const char* sql) { ASSERT_TRUE(Database::open(dir_ / "sluice.db").value().run_script(sql)); }

  const std::string whole_ = std::string(200'000, 'x');
};

TEST_F(StoreTexts, AnEditedOneComesBackWhole) {
  Store store = open();
  ASSERT_EQ(store.append({.text = whole_}).value(), 1);
  EXPECT_EQ(append(store, 1, whole_, text_of(7)), 2);
  EXPECT_EQ(found(store, 1), whole_);
  EXPECT_EQ(found(store, 2), text_of(7));
  const auto current = store.in_force().value();
  ASSERT_TRUE(current);
  EXPECT_EQ(current->number, 2);
  EXPECT_EQ(current->text, text_of(7));
  EXPECT_EQ(current->who, "ann");
  EXPECT_EQ(current->files.at("a.txt"), "10.0.0.0/8");
  EXPECT_EQ(store.history(5).value().front().text, text_of(7));
  EXPECT_EQ(Store::last_words(dir_).value().text, text_of(7));
}

TEST_F(StoreTexts, OneEditBehindTheOtherOutlivesTheProcess) {
  std::string text = whole_;
  {
    Store store = open();
    ASSERT_TRUE(store.append({.text = text}));
    for (int64_t of = 1; of < 6; ++of) {
      const std::string after = text + std::to_string(of);
      EXPECT_EQ(append(store, of, text, after), of + 1);
      text = after;
    }
  }
  Store store = open();
  EXPECT_EQ(found(store, 6), whole_ + "12345");
  EXPECT_EQ(found(store, 3), whole_ + "12");
}

TEST_F(StoreTexts, TakeTheRoomOfTheirEdits) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = whole_}));
  const uintmax_t before = bytes_on_disk();
  std::string text = whole_;
  for (int64_t of = 1; of < 9; ++of) {
    append(store, of, text, text_of(static_cast<int>(of)));
    text = text_of(static_cast<int>(of));
  }
  EXPECT_LT(bytes_on_disk() - before, whole_.size());
}

TEST_F(StoreTexts, AreKeptWholeNowAndThen) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = whole_}));
  std::string text = whole_;
  for (int64_t of = 1; of < 200; ++of) {
    const std::string after = text_of(static_cast<int>(of));
    ASSERT_EQ(append(store, of, text, after), of + 1);
    ASSERT_EQ(found(store, of + 1), after);
    text = after;
  }
  EXPECT_LE(store.list(1000).value().size(), static_cast<size_t>(kKept) + 1)
      << "and one that others are edits of";
  EXPECT_EQ(found(store, 1), "none");
  EXPECT_EQ(found(store, 195), text_of(194));
}

TEST_F(StoreTexts, TheOneThatOthersAreEditsOfStays) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = whole_}));
  std::string text = whole_;
  for (int64_t of = 1; of < 2 * kKept; ++of) {
    append(store, of, text, text_of(static_cast<int>(of)));
    text = text_of(static_cast<int>(of));
  }
  EXPECT_EQ(found(store, 1), whole_);
  EXPECT_EQ(found(store, 2), "none");
  EXPECT_EQ(found(store, 2 * kKept), text);
}

TEST_F(StoreTexts, OfOneThatIsGoneIsKeptWhole) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = whole_}));
  EXPECT_EQ(append(store, 77, whole_, text_of(3)), 2);
  EXPECT_EQ(found(store, 2), text_of(3));
}

TEST_F(StoreTexts, WhatCannotBePutTogetherIsNoDocument) {
  {
    Store store = open();
    ASSERT_TRUE(store.append({.text = "short"}));
    append(store, 1, "short", "shorter");
  }
  run("UPDATE revision_edits SET at = -3");
  Store store = open();
  EXPECT_EQ(found(store, 2), "");
  EXPECT_EQ(found(store, 1), "short");
}

TEST_F(StoreTexts, ACopyHasThemToo) {
  const auto copy = dir_ / "copy";
  {
    Store store = Store::open(dir_ / "state", copy).value();
    ASSERT_TRUE(store.append({.text = whole_}));
    append(store, 1, whole_, text_of(5));
  }
  std::filesystem::remove_all(dir_ / "state");
  Store store = Store::open(dir_ / "state", copy).value();
  EXPECT_EQ(found(store, 2), text_of(5));
}

}   // namespace
}   // namespace sluice
