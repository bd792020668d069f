// SPDX-License-Identifier: GPL-2.0-or-later
// What `sluice top` knows, and what keys do with it. Pure: from keys and the daemon's lines to the lines of a
// screen.
#pragma once

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/full_screen.hpp"
#include "cli/top_tabs.hpp"
#include "cli/view_line.hpp"

namespace sluice::cli {

class TopModel {
 public:
  using Clock = std::chrono::steady_clock;

  explicit TopModel(TopKind tab, std::string filter = {});

  enum class Wish : uint8_t { kNothing, kQuit, kKill };
  // `page`: how many rows a page has.
  Wish heed(const Typed& typed, size_t page);

  std::string target() const;                             // what is to be followed: GET
  const std::string& doomed() const { return doomed_; }   // what kills the flow that was meant: DELETE

  void take(nlohmann::json line, Clock::time_point now);   // of target()
  void lose(std::string_view trouble);                     // no lines come
  void answer(std::string_view text, Tone tone);           // what became of a wish

  // As many as the screen has at most, none longer than it is wide.
  std::vector<ViewLine> lines(const ScreenSize& screen, Clock::time_point now) const;
  static size_t page_of(const ScreenSize& screen);

 private:
  enum class Mode : uint8_t { kTable, kFilter, kKill, kHelp };
  struct View {
    size_t sorted = 0;   // column
    bool reverse = false;
    std::string filter;
  };

  const TopTab& tab() const { return top_tabs()[static_cast<size_t>(shown_)]; }
  View& view() { return views_[static_cast<size_t>(shown_)]; }
  const View& view() const { return views_[static_cast<size_t>(shown_)]; }

  Wish heed_character(char typed);
  void heed_filter(const Typed& typed);
  Wish heed_question(const Typed& typed);
  void go_to(size_t tab);
  void sort_by(int step);
  void freeze();
  void ask_to_kill();
  void choose(size_t row);
  void show(nlohmann::json line);
  void order_rows();

  std::vector<ViewLine> head_lines(Clock::time_point now) const;
  std::string tab_line(size_t width) const;
  std::string state_line() const;
  std::string question() const;
  void add_rows(std::vector<ViewLine>& lines, const ScreenSize& screen, size_t room) const;

  std::array<View, kTopNames.size()> views_;
  TopKind shown_;
  Mode mode_ = Mode::kTable;
  bool frozen_ = false;
  nlohmann::json line_, newest_;   // that is shown; that came since it was frozen
  std::vector<nlohmann::json> rows_;
  size_t chosen_ = 0;
  std::string chosen_key_;   // the row stays chosen where it goes
  std::string typed_;        // of a filter
  std::string doomed_, doomed_text_;
  std::string trouble_, answer_;
  Tone answer_tone_ = Tone::kPlain;
  Clock::time_point heard_{};
};

}   // namespace sluice::cli
