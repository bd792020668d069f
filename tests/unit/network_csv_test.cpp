// SPDX-License-Identifier: GPL-2.0-or-later
// Endpoints out of a spreadsheet: what is read, and the sentence that refuses the rest.
#include <gtest/gtest.h>

#include "network/csv.hpp"
#include "network/endpoint_csv.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::ip;
using test::key_of;

constexpr std::string_view kPublicKeyText = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

std::string refusal_of_csv(std::string_view text) {
  const auto lines = parse_endpoint_csv(text);
  if (lines) return "taken";
  EXPECT_EQ(lines.error().kind, ErrorKind::kInvalidDocument);
  return lines.error().message;
}

std::vector<std::vector<std::string>> cells_of(std::string_view text) {
  std::vector<std::vector<std::string>> cells;
  const auto records = parse_csv(text).value();
  for (const auto& record : records) cells.push_back(record.cells);
  return cells;
}

using CellsOfLines = std::vector<std::vector<std::string>>;

TEST(Csv, CellsAreQuotedWhereTheyHoldWhatSeparates) {
  EXPECT_EQ(cells_of("a,b\n1,2\n"), (CellsOfLines{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(cells_of("\"a,b\",\"say \"\"hi\"\"\"\n"), (CellsOfLines{{"a,b", "say \"hi\""}}));
  EXPECT_EQ(cells_of("\"two\nlines\",x"), (CellsOfLines{{"two\nlines", "x"}}));
  EXPECT_EQ(cells_of("\"\",\"\"\"\"\n"), (CellsOfLines{{"", "\""}}));
  EXPECT_EQ(cells_of(",\n a ,"), (CellsOfLines{{"", ""}, {" a ", ""}})) << "blanks belong to the cell";
}

TEST(Csv, LinesEndInLfOrCrlfAndTheLastOneMayNotEnd) {
  const CellsOfLines wanted{{"a", "b"}, {"c", "d"}};
  for (const auto* text : {"a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\r\nc,d", "a,b\nc,\"d\"\r\n", "a,b\nc,d\r",
                           "a,b\nc,\"d\"\r", "\n\na,b\n\r\nc,d\n\n"})
    EXPECT_EQ(cells_of(text), wanted) << text;
  EXPECT_TRUE(cells_of("").empty());
  EXPECT_EQ(cells_of("a\rb,c\r,d"), (CellsOfLines{{"a\rb", "c\r", "d"}})) << "a bare CR ends nothing";
}

TEST(Csv, ARecordKnowsTheLineThatItBeginsOn) {
  const auto records = parse_csv("a\n\n\"b\n\nb\"\r\nc\n").value();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[1].line, 3);
  EXPECT_EQ(records[2].line, 6);
}

TEST(Csv, BadQuotesAreRefusedWithTheirLine) {
  const auto message = [](std::string_view text) { return parse_csv(text).error().message; };
  EXPECT_EQ(message("a\n\"b\nc\n"), "line 2: a quote is opened here and not closed");
  EXPECT_EQ(message("a\nb\"c\"\n"),
            "line 2: a quote in the middle of a cell: quote all of the cell, and write its quotes twice");
  EXPECT_EQ(message("a\n\"b\"c\n"), "line 2: after a closing quote comes neither a comma nor the line's end");
}

TEST(EndpointCsv, EveryColumnIsRead) {
  const auto lines = parse_endpoint_csv(std::string("name,type,public_key,address,expires\r\n") +
                                        "phone,mobile," + std::string(kPublicKeyText) +
                                        ",10.100.0.2,2027-01-01T00:00:00Z\r\n"
                                        "box,cpe,,2001:db8:100::3,\r\n"
                                        "\r\n"
                                        "branch,gateway,,,\r\n");
  ASSERT_TRUE(lines) << lines.error().message;
  ASSERT_EQ(lines->size(), 3u);
  const NetworkEndpoint& first = lines->front().endpoint;
  EXPECT_EQ(first.name, "phone");
  EXPECT_EQ(first.type, EndpointType::kMobile);
  EXPECT_EQ(first.public_key, key_of(2));
  EXPECT_EQ(first.address, ip("10.100.0.2"));
  EXPECT_EQ(first.expires, std::chrono::sys_days(std::chrono::year(2027) / 1 / 1));
  const NetworkEndpoint& second = (*lines)[1].endpoint;
  EXPECT_EQ(second.type, EndpointType::kCpe);
  EXPECT_EQ(second.address, std::nullopt);
  EXPECT_EQ(second.address6, ip("2001:db8:100::3"));
  EXPECT_EQ((*lines)[2].line, 5);
  EXPECT_EQ((*lines)[2].endpoint.type, EndpointType::kGateway);
  EXPECT_FALSE((*lines)[2].endpoint.public_key || (*lines)[2].endpoint.expires);
}

TEST(EndpointCsv, ColumnsStandInAnyOrderAndSpreadsheetsMayMarkTheFile) {
  const auto lines = parse_endpoint_csv("\xef\xbb\xbf\"type\",\"name\"\n\"mobile\",\"phone\"\n");
  ASSERT_TRUE(lines) << lines.error().message;
  ASSERT_EQ(lines->size(), 1u);
  EXPECT_EQ(lines->front().line, 2);
  EXPECT_EQ(lines->front().endpoint.name, "phone");
  EXPECT_TRUE(parse_endpoint_csv("name,type\n")->empty());
}

TEST(EndpointCsv, TheHeaderLineSaysWhatTheColumnsAre) {
  EXPECT_EQ(refusal_of_csv(""), "line 1: a header line is wanted: name, type, public_key, address, expires");
  EXPECT_EQ(refusal_of_csv("name,type,colour\n"),
            "line 1: column \"colour\" is none of name, type, public_key, address, expires");
  EXPECT_EQ(refusal_of_csv("name;type\n"),
            "line 1: column \"name;type\" is none of name, type, public_key, address, expires");
  EXPECT_EQ(refusal_of_csv("name,type,name\n"), "line 1: column name is there twice");
  EXPECT_EQ(refusal_of_csv("\nname\n"), "line 2: there is no column type");
  EXPECT_EQ(refusal_of_csv("type,address\n"), "line 1: there is no column name");
}

TEST(EndpointCsv, ABadLineRefusesTheFileWithItsNumber) {
  const auto second = [](std::string_view line) {
    return refusal_of_csv("name,type,public_key,address,expires\n" + std::string(line));
  };
  EXPECT_EQ(second("a,phone,,,"), "line 2: type \"phone\" is none of mobile, cpe, gateway");
  EXPECT_EQ(second("a,mobile,,,\nb,Mobile,,,"), "line 3: type \"Mobile\" is none of mobile, cpe, gateway");
  EXPECT_EQ(
      second("-a,mobile,,,"),
      "line 2: name \"-a\" is not a name: 1 to 63 letters, digits, \".\", \"_\" and \"-\", a letter or digit "
      "first");
  EXPECT_EQ(second(",mobile,,,"), "line 2: name is empty");
  EXPECT_EQ(second("a,,,,"), "line 2: type is empty");
  EXPECT_EQ(second("a,mobile"), "line 2: 2 cells, where the header line has 5");
  EXPECT_EQ(second("a,mobile,,,,"), "line 2: 6 cells, where the header line has 5");
  EXPECT_EQ(second("a,mobile,,10.100.0.2/32,"), "line 2: address \"10.100.0.2/32\" is no IP address");
  EXPECT_EQ(second("a,mobile,,,tomorrow"),
            "line 2: expires \"tomorrow\" is no time such as 2027-01-01T00:00:00Z");
  EXPECT_EQ(second("a,mobile,secret,,"), "line 2: public_key is no key: it has 44 characters of base64")
      << "the cell is not shown";
}

TEST(EndpointCsv, WhatIsShownOfACellCannotSteerTheTerminal) {
  EXPECT_EQ(refusal_of_csv("name,type\na,\x1b[2J\xc3\xbc\n"),
            "line 2: type \"?[2J?\" is none of mobile, cpe, gateway");
  EXPECT_EQ(refusal_of_csv("name,type\na," + std::string(100, 'x') + "\n"),
            "line 2: type \"" + std::string(40, 'x') + "\"... is none of mobile, cpe, gateway");
}

TEST(EndpointCsv, RepetitionsAreRefusedWithBothLines) {
  const std::string key(kPublicKeyText);
  const std::string header = "name,type,public_key,address,expires\n";
  EXPECT_EQ(refusal_of_csv(header + "a,mobile,,,\nb,cpe,,,\na,cpe,,,\n"),
            "line 4: name \"a\" is on line 2 already");
  EXPECT_EQ(refusal_of_csv(header + "a,cpe," + key + ",,\nb,cpe,,,\nc,cpe," + key + ",,\n"),
            "line 4: public_key is on line 2 already");
  EXPECT_EQ(refusal_of_csv(header + "a,cpe,,10.100.0.2,\nb,cpe,,10.100.0.2,\n"),
            "line 3: address 10.100.0.2 is on line 2 already");
}

TEST(EndpointCsv, HasItsBounds) {
  std::string text = "name,type\n";
  for (int n = 0; n < 10'000; ++n) text += "n" + std::to_string(n) + ",mobile\n";
  EXPECT_EQ(parse_endpoint_csv(text)->size(), 10'000u);
  EXPECT_EQ(refusal_of_csv(text + "more,mobile\n"), "the file has 10,001 endpoints, and 10,000 are the most");
  EXPECT_EQ(refusal_of_csv(text + std::string((1 << 20) + 1 - text.size(), '\n')),
            "the file has more than 1 MiB");
  EXPECT_TRUE(parse_endpoint_csv(text + std::string((1 << 20) - text.size(), '\n')));
}

}   // namespace
}   // namespace sluice
