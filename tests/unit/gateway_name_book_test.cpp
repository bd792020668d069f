// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "config/config.hpp"
#include "gateway/name_book.hpp"
#include "model/domains.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const NameBook::Time kNamesBegin{std::chrono::hours(1'000'000)};
const IpAddress kNamed = *IpAddress::parse("198.51.100.1");
const OpenedBy kNamedByOut{"out", kNamed};

Document with_domains(const std::string& domains, const std::string& zone = "lan") {
  const auto checked = check_document(
      R"({"version": 1, "interfaces": {"lan": {"zone": "lan"}, "dmz": {"zone": "dmz"},
    "wan": {"zone": "internet"}}, "policies": [{"name": "out", "from": ")" +
          zone + R"(", "to": "internet", "domains": )" + domains + R"(, "action": "accept"}]})",
      "domains.json");
  EXPECT_TRUE(checked) << (checked ? "" : checked.error().front().reason);
  return checked->document;
}

LookUp looked_up(const std::string& name, int lives = 10) {
  return {"lan", name, {{kNamed, seconds(lives)}}};
}

class NamesOpen : public testing::Test {
 protected:
  NamesOpen()
      : folder_(std::filesystem::temp_directory_path() / ("sluice-names-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~NamesOpen() override { std::filesystem::remove_all(folder_); }

  static std::vector<Prefix> set_of(NameBook book, Document document) {
    book.settle(document);
    return document.sets.at("domains:out");
  }

  std::filesystem::path folder_;
  Document document_ = with_domains(R"(["*.example.org"])");
};

TEST_F(NamesOpen, WhatAPolicyMeansAndNothingElse) {
  NameBook book(folder_);
  EXPECT_THAT(book.note(document_, looked_up("example.org"), kNamesBegin), IsEmpty());
  EXPECT_THAT(set_of(book, document_), IsEmpty());
  EXPECT_THAT(book.note(document_, looked_up("a.example.org"), kNamesBegin),
              ElementsAre(OpenedChange{"domains:out", kNamed, true}));
  EXPECT_THAT(book.note(document_, looked_up("b.example.org"), kNamesBegin), IsEmpty())
      << "it is open already";
  EXPECT_THAT(set_of(book, document_), ElementsAre(Prefix::of_host(kNamed)));
  EXPECT_THAT(set_of(book, with_domains(R"("other.example")")), IsEmpty());
  EXPECT_THAT(set_of(book, with_domains(R"(["*.example.org"])", "dmz")), IsEmpty());
}

TEST_F(NamesOpen, UntilTheLastOfItsNamesIsOver) {
  NameBook book(folder_);
  book.note(document_, looked_up("a.example.org", 10), kNamesBegin);
  book.note(document_, looked_up("b.example.org", 30), kNamesBegin);
  EXPECT_EQ(book.next(document_), kNamesBegin + seconds(90));
  EXPECT_THAT(book.over(document_, kNamesBegin + seconds(89)), IsEmpty());
  const auto over = book.over(document_, kNamesBegin + seconds(90));
  EXPECT_THAT(over, ElementsAre(kNamedByOut));
  EXPECT_FALSE(book.close(document_, over, over, kNamesBegin + seconds(90))) << "flows are there";
  EXPECT_THAT(book.over(document_, kNamesBegin + seconds(149)), IsEmpty());
  EXPECT_TRUE(book.close(document_, over, {}, kNamesBegin + seconds(150)));
  EXPECT_THAT(set_of(book, document_), IsEmpty());
}

TEST_F(NamesOpen, OutlivesWhoeverKeepsIt) {
  {
    NameBook book(folder_);
    book.note(document_, looked_up("a.example.org"), kNamesBegin);
    book.keep();
  }
  NameBook again(folder_);
  EXPECT_THAT(set_of(again, document_), ElementsAre(Prefix::of_host(kNamed)));
  EXPECT_EQ(again.next(document_), kNamesBegin + seconds(70));
}

TEST_F(NamesOpen, WhatIsBehindADamagedLineIsKnown) {
  {
    NameBook book(folder_);
    book.note(document_, looked_up("a.example.org"), kNamesBegin);
    book.keep();
    book.note(document_, looked_up("b.example.org", 30), kNamesBegin);
    book.keep();
  }
  std::ifstream file(folder_ / "names.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  std::ofstream(folder_ / "names.json") << "{\"policy\n" << text << "{\"poli";
  NameBook again(folder_);
  EXPECT_THAT(set_of(again, document_), ElementsAre(Prefix::of_host(kNamed)));
  EXPECT_EQ(again.next(document_), kNamesBegin + seconds(90));
  again.keep();
  EXPECT_THAT(set_of(NameBook(folder_), document_), ElementsAre(Prefix::of_host(kNamed)));
}

TEST_F(NamesOpen, WhatWasOneListIsKnown) {
  std::ofstream(folder_ / "names.json")
      << R"([{"policy": "out", "zone": "lan", "address": "198.51.100.1", "name": "a.example.org", "until": 9999999999}])";
  EXPECT_THAT(set_of(NameBook(folder_), document_), ElementsAre(Prefix::of_host(kNamed)));
}

TEST_F(NamesOpen, AFileThatHasGrownIsWrittenAnew) {
  NameBook book(folder_);
  for (int times = 0; times < 1500; ++times) {
    book.note(document_, looked_up("a.example.org", times), kNamesBegin);
    book.keep();
  }
  const auto grown = std::filesystem::file_size(folder_ / "names.json");
  book.tidy();
  EXPECT_LT(std::filesystem::file_size(folder_ / "names.json"), grown / 1000);
  EXPECT_EQ(NameBook(folder_).next(document_), kNamesBegin + seconds(1499 + 60));
}

TEST_F(NamesOpen, ADamagedFileOpensNothing) {
  for (const char* text : {"", "{", "[{}]", R"([{"policy": 1}])", R"({"a": 1})"}) {
    std::ofstream(folder_ / "names.json") << text;
    EXPECT_THAT(set_of(NameBook(folder_), document_), IsEmpty()) << text;
  }
}

TEST_F(NamesOpen, NoMoreThanAPolicyMayHave) {
  NameBook book(folder_);
  LookUp many{"lan", "a.example.org", {}};
  for (uint32_t i = 0; i < NameBook::kMostOfPolicy + 10; ++i)
    many.addresses.emplace_back(IpAddress::from_ipv4(0xc6330000 + i), seconds(10));
  book.note(document_, many, kNamesBegin);
  EXPECT_EQ(set_of(book, document_).size(), NameBook::kMostOfPolicy);
}

TEST(Domains, StarsStandForWholeLabelsInFront) {
  EXPECT_EQ(domain_pattern("*.Example.org"), "*.example.org");
  for (const char* bad : {"*", "*.", "a.*", "*a.example", "a.*.example", "*.*.example"})
    EXPECT_FALSE(domain_pattern(bad)) << bad;
  EXPECT_TRUE(means_name("*.example.org", "a.b.example.org"));
  EXPECT_FALSE(means_name("*.example.org", "example.org"));
  EXPECT_FALSE(means_name("*.example.org", "badexample.org"));
  EXPECT_FALSE(means_name("*.example.org", ".example.org"));
}

TEST(Domains, AddressesInsideAreNotOfTheInternet) {
  for (const char* inside : {"10.1.2.3", "172.31.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254",
                             "0.0.0.0", "100.127.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
                             "fd00::1", "ff02::1", "64:ff9b::a01:203", "2002:a01:203::1", "::7f00:1"})
    EXPECT_FALSE(is_of_internet(*IpAddress::parse(inside))) << inside;
  for (const char* outside : {"198.51.100.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1",
                              "64:ff9b::808:808", "2002:808:808::1"})
    EXPECT_TRUE(is_of_internet(*IpAddress::parse(outside))) << outside;
}

}   // namespace
}   // namespace sluice
