// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of `sluice top`.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/cells.hpp"
#include "cli/terminal_text.hpp"
#include "cli/top_model.hpp"
#include "cli/top_table.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kOld{4};   // lines come each second, unless looks take long
constexpr size_t kLowScreen = 10;         // lines: below there is the table, and what it is of
constexpr size_t kShortTabs = 3;          // letters
constexpr size_t kHeadLines = 3, kTableHead = 1, kLastLines = 1;
constexpr std::string_view kTopKeys =
    "q quit  1-7 tab  < > sort  r reverse  / filter  space freeze  k kill  ? help";

constexpr std::string_view kTopHelp[] = {
    "1 to 7, Tab, left, right   another table",
    "up, down, PgUp, PgDn       another row (Home, End: the first, the last)",
    "<  >                       order by another column (the one with a *)",
    "r                          the other way round",
    "/                          rows with this text in a cell; Esc: all again",
    "space                      freeze, and go on",
    "k                          kill the chosen flow, after a question",
    "q                          quit",
    "",
    "BIT/S and PKT/S are of the time between two looks: a second, or longer",
    "where a look at all flows takes long. Any key: back to the table.",
};

std::string number_of(const json& value) {
  const auto number = natural(value);
  return number ? format_count(*number) : std::string(kNothing);
}

std::string fitted_text(std::string text, size_t width) {
  if (text.size() <= width) return text;
  text.resize(width);
  if (width > 1) text.back() = '>';   // more of it does not fit
  return text;
}

// The first row that is shown, so that the chosen one is among them.
size_t first_of_page(size_t chosen, size_t room) { return room == 0 ? 0 : chosen - chosen % room; }

}   // namespace

std::string TopModel::tab_line(size_t width) const {
  const auto line = [&](size_t letters) {
    std::string text;
    for (size_t i = 0; i < kTopNames.size(); ++i) {
      const bool is_shown = i == static_cast<size_t>(shown_);
      text += fmt::format("{}{} {}{}", is_shown ? '[' : ' ', i + 1, kTopNames[i].substr(0, letters),
                          is_shown ? ']' : ' ');
    }
    return text;
  };
  const std::string whole = line(std::string_view::npos);
  return whole.size() <= width ? whole : line(kShortTabs);
}

std::string TopModel::state_line() const {
  const uint64_t matched = natural(member(line_, "matched")).value_or(0);
  std::string text =
      fmt::format("by {}{}", tab().columns[view().sorted].column.title, view().reverse ? ", reversed" : "");
  if (matched > rows_.size() && !frozen_)
    text += fmt::format(", the first {} of {}", rows_.size(), with_commas(matched));
  if (!view().filter.empty()) text += fmt::format(", with \"{}\"", view().filter);
  if (frozen_) text += ", FROZEN";
  return text;
}

std::vector<ViewLine> TopModel::head_lines(Clock::time_point now) const {
  const json& gateway = member(line_, "gateway");
  std::string first = "sluice: waiting for the daemon";
  const bool is_known = gateway.is_object();
  if (is_known) {
    const auto bytes = natural(member(gateway, "bytes_per_second"));
    first = fmt::format("{}: {}, {}, {} flow{}, {} packets/s, {} bit/s", text_at(gateway, "name"),
                        text_at(gateway, "state"), text_at(gateway, "engine"),
                        number_of(member(gateway, "flows")), member(gateway, "flows") == 1 ? "" : "s",
                        number_of(member(gateway, "packets_per_second")),
                        bytes ? format_count(*bytes * 8) : std::string(kNothing));
  }
  if (is_known && now - heard_ >= kOld && !frozen_)
    first += fmt::format(", {} ago", format_duration(std::chrono::floor<std::chrono::seconds>(now - heard_)));
  const bool is_bad = is_known && member(gateway, "state") != "running";
  return {{first, is_bad ? Tone::kBad : Tone::kHead}};
}

std::string TopModel::question() const {
  if (mode_ == Mode::kFilter) return "filter: " + typed_ + "_";
  if (mode_ == Mode::kKill) return fmt::format("kill {}? y: yes, any other key: no", doomed_text_);
  return "";
}

void TopModel::add_rows(std::vector<ViewLine>& lines, const ScreenSize& screen, size_t room) const {
  const size_t first = first_of_page(chosen_, room);
  const size_t count = std::min(room, rows_.size() - std::min(first, rows_.size()));
  const TopTable table =
      top_table(tab().columns, std::span(rows_).subspan(std::min(first, rows_.size()), count), view().sorted,
                screen.width);
  lines.push_back({table.header, Tone::kHead});
  for (size_t i = 0; i < count; ++i)
    lines.push_back({table.rows[i], first + i == chosen_ ? Tone::kChosen : Tone::kPlain});
  if (rows_.empty() && room > 0 && line_.contains("rows"))
    lines.push_back({view().filter.empty() ? std::string(tab().nothing) : "no row has that text"});
}

size_t TopModel::page_of(const ScreenSize& screen) {
  const size_t around = (screen.height < kLowScreen ? 1 : kHeadLines) + kTableHead + kLastLines;
  return screen.height > around ? screen.height - around : 0;
}

std::vector<ViewLine> TopModel::lines(const ScreenSize& screen, Clock::time_point now) const {
  std::vector<ViewLine> lines;
  if (screen.height >= kLowScreen) lines = head_lines(now);
  lines.push_back({tab_line(screen.width), Tone::kHead});
  if (screen.height >= kLowScreen) lines.push_back({state_line()});
  if (mode_ == Mode::kHelp)
    for (const std::string_view text : kTopHelp) lines.push_back({std::string(text)});
  else
    add_rows(lines, screen, page_of(screen));
  lines.resize(std::max<size_t>(screen.height, 1) - kLastLines);
  const std::string news = !trouble_.empty() ? "still trying: " + trouble_ : answer_;
  const Tone tone = !trouble_.empty() ? Tone::kBad : answer_tone_;
  if (const std::string asked = question(); !asked.empty())
    lines.push_back({asked, Tone::kHead});
  else
    lines.push_back(news.empty() ? ViewLine{std::string(kTopKeys), Tone::kHead} : ViewLine{news, tone});
  for (ViewLine& line : lines) line.text = fitted_text(ascii_of(line.text), screen.width);
  return lines;
}

}   // namespace sluice::cli
