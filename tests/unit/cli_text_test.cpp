// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "cli/cells.hpp"
#include "cli/table.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

TEST(TerminalText, leaves_readable_text_alone) {
  for (const std::string text : {"", "plain", "Zürich", "日本語", "a\\b", "😀"})
    EXPECT_EQ(escape_for_terminal(text), text);
}

TEST(TerminalText, disarms_what_steers_a_terminal) {
  EXPECT_EQ(escape_for_terminal("\033[2J"), "\\x1b[2J");
  EXPECT_EQ(escape_for_terminal("a\nb\tc\r\x7f"), "a\\x0ab\\x09c\\x0d\\x7f");
  EXPECT_EQ(escape_for_terminal("a\nb\tc\r", true), "a\nb\tc\\x0d");
  EXPECT_EQ(escape_for_terminal("\xc2\x9b"
                                "31m"),
            "\\xc2\\x9b31m");                                          // CSI as one C1 character
  EXPECT_EQ(escape_for_terminal("\xe2\x80\xae"), "\\xe2\\x80\\xae");   // right-to-left override
  EXPECT_EQ(escape_for_terminal(std::string_view("\0", 1)), "\\x00");
}

TEST(TerminalText, shows_bytes_that_are_not_utf8) {
  EXPECT_EQ(escape_for_terminal("\xff"), "\\xff");
  EXPECT_EQ(escape_for_terminal("\xc3"), "\\xc3");
  EXPECT_EQ(escape_for_terminal("\xc0\x9b"), "\\xc0\\x9b");                     // overlong
  EXPECT_EQ(escape_for_terminal("\xe0\x80\x9b"), "\\xe0\\x80\\x9b");            // overlong
  EXPECT_EQ(escape_for_terminal("\xed\xa0\x80"), "\\xed\\xa0\\x80");            // surrogate
  EXPECT_EQ(escape_for_terminal("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");   // beyond Unicode
}

constexpr Column kColumns[] = {
    {"NAME", text<"name">},
    {"COUNT", count<"count">, Align::kRight},
    {"STATE", text<"state">, Align::kLeft, Show::kAlways, true},
    {"MORE", text<"more">, Align::kLeft, Show::kWide},
};

TEST(Table, aligns_by_characters_and_ends_without_blanks) {
  const json rows = {{{"name", "Zürich"}, {"count", 7}, {"state", "up"}},
                     {{"name", "x"}, {"count", 12345678}}};
  EXPECT_EQ(render_table(kColumns, rows, {}),
            "NAME    COUNT  STATE\n"
            "Zürich      7  up\n"
            "x       12.3M  -\n");
  EXPECT_EQ(render_table(kColumns, rows, {.wide = true}),
            "NAME       COUNT  STATE  MORE\n"
            "Zürich         7  up     -\n"
            "x       12345678  -      -\n");
}

TEST(Table, colours_states_and_the_header_only) {
  const json rows = {{{"name", "up"}, {"count", 1}, {"state", "down"}}};
  EXPECT_EQ(render_table(kColumns, rows, {.colour = true}),
            "\033[1mNAME  COUNT  STATE\033[0m\n"
            "up        1  \033[31mdown\033[0m\n");
}

TEST(Table, survives_rows_of_any_shape) {
  for (const json& rows : {json(), json(7), json("x"), json::array({1, "x", nullptr}), json{{"a", 1}}})
    EXPECT_EQ(render_table(kColumns, rows, {}), "NAME  COUNT  STATE\n");
  const json odd = {{{"name", {{"a", 1}}}, {"count", "many"}, {"state", true}},
                    {{"count", -1}, {"name", {1, "b"}}}};
  EXPECT_EQ(render_table(kColumns, odd, {}),
            "NAME     COUNT  STATE\n"
            "{\"a\":1}   many  true\n"
            "1,b         -1  -\n");
}

TEST(Cells, write_an_endpoint_as_a_user_would) {
  const auto shown = [](const char* address, const json& port) {
    return endpoint_at({{"a", address}, {"p", port}}, "a", "p");
  };
  EXPECT_EQ(shown("192.0.2.1", 80), "192.0.2.1:80");
  EXPECT_EQ(shown("2001:db8::1", 80), "[2001:db8::1]:80");
  EXPECT_EQ(shown("2001:db8::1", nullptr), "2001:db8::1");
  EXPECT_EQ(shown("192.0.2.1", 0), "192.0.2.1");
}

TEST(Pairs, leave_out_what_is_empty) {
  const Pair pairs[] = {{"state", "running"}, {"revision", ""}, {"a long name", "x"}};
  EXPECT_EQ(render_pairs(pairs), "state        running\na long name  x\n");
}

}   // namespace
}   // namespace sluice::cli
