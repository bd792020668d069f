// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/top_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/target.hpp"
#include "cli/cells.hpp"
#include "cli/flow_cells.hpp"
#include "cli/terminal_text.hpp"
#include "cli/top_table.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

bool is_number(const json& value) { return natural(value).has_value() || value.is_number(); }

// As the daemon orders them: numbers from the top, what has no value last.
bool stands_before(const json& one, const json& other, const TopColumn& column, bool reverse) {
  const json &mine = member(one, column.sort), &theirs = member(other, column.sort);
  if (is_number(mine) || is_number(theirs)) {
    if (!is_number(mine) || !is_number(theirs)) return is_number(mine);
    return reverse ? mine < theirs : theirs < mine;
  }
  const std::string my_text = column.column.text(one, {}), their_text = column.column.text(other, {});
  return reverse ? their_text < my_text : my_text < their_text;
}

std::string flow_target(const json& row) {
  const json& way = member(row, "original");
  QueryFields fields = {{"protocol", text_at(row, "protocol")},
                        {"source", endpoint_at(way, "source", "source_port")},
                        {"destination", endpoint_at(way, "destination", "destination_port")}};
  if (const json& vrf = member(row, "from_vrf"); vrf.is_string() && vrf != "main")
    fields["vrf"] = vrf.get<std::string>();
  return "/v1/flows?" + encode_query(fields);
}

}   // namespace

TopModel::TopModel(TopKind tab, std::string filter) : shown_(tab) {
  for (const TopTab& one : top_tabs()) views_[static_cast<size_t>(one.kind)].sorted = one.usual;
  view().filter = std::move(filter);
}

std::string TopModel::target() const {
  QueryFields fields = {{"sort", std::string(tab().columns[view().sorted].sort)}};
  if (view().reverse) fields["reverse"] = "1";
  if (!view().filter.empty()) fields["filter"] = view().filter;
  return fmt::format("/v1/top/{}?{}", name_of(shown_), encode_query(fields));
}

void TopModel::take(json line, Clock::time_point now) {
  heard_ = now;
  trouble_.clear();
  if (frozen_)
    newest_ = std::move(line);
  else
    show(std::move(line));
}

void TopModel::lose(std::string_view trouble) { trouble_ = escape_for_terminal(trouble); }

void TopModel::answer(std::string_view text, Tone tone) {
  answer_ = escape_for_terminal(text);
  answer_tone_ = tone;
}

// The daemon has put them in order.
void TopModel::show(json line) {
  line_ = std::move(line);
  rows_.clear();
  if (const json& rows = member(line_, "rows"); rows.is_array())
    std::ranges::copy_if(rows, std::back_inserter(rows_), [](const json& row) { return row.is_object(); });
  const auto again =
      std::ranges::find_if(rows_, [&](const json& row) { return key_of_row(shown_, row) == chosen_key_; });
  choose(again == rows_.end() ? chosen_ : static_cast<size_t>(again - rows_.begin()));
}

// Of what is there already, until the daemon's answer comes.
void TopModel::order_rows() {
  json line = std::exchange(line_, json());
  if (!line.is_object()) return;
  show(line);
  if (frozen_)
    std::erase_if(rows_, [&](const json& row) {
      return !view().filter.empty() && !has_cell_with(tab().columns, row, view().filter);
    });
  const TopColumn& column = tab().columns[view().sorted];
  std::ranges::stable_sort(rows_, [&](const json& one, const json& other) {
    return stands_before(one, other, column, view().reverse);
  });
  choose(0);
}

void TopModel::choose(size_t row) {
  chosen_ = std::min(row, rows_.empty() ? 0 : rows_.size() - 1);
  chosen_key_ = rows_.empty() ? "" : key_of_row(shown_, rows_[chosen_]);
}

void TopModel::go_to(size_t tab) {
  const auto wanted = static_cast<TopKind>(tab % kTopNames.size());
  if (wanted == shown_) return;
  shown_ = wanted;
  frozen_ = false;
  newest_ = json();
  chosen_ = 0;
  chosen_key_.clear();
  answer_.clear();
  show(member(line_, "gateway").is_object() ? json{{"gateway", line_["gateway"]}} : json());
}

void TopModel::sort_by(int step) {
  const size_t count = tab().columns.size();
  do view().sorted = (view().sorted + count + static_cast<size_t>(step)) % count;
  while (tab().columns[view().sorted].sort.empty());
  order_rows();
}

void TopModel::freeze() {
  frozen_ = !frozen_;
  if (!frozen_ && newest_.is_object()) show(std::exchange(newest_, json()));
}

void TopModel::ask_to_kill() {
  if (shown_ != TopKind::kFlows || rows_.empty())
    return answer("flows are killed in the table of flows: 3, and then k", Tone::kBad);
  const json& row = rows_[chosen_];
  doomed_ = flow_target(row);
  doomed_text_ =
      fmt::format("{} {} > {}", text_at(row, "protocol"), flow_source(row, {}), flow_destination(row, {}));
  mode_ = Mode::kKill;
}

TopModel::Wish TopModel::heed(const Typed& typed, size_t page) {
  if (typed.stroke == Stroke::kResize) return Wish::kNothing;
  if (mode_ == Mode::kKill) return heed_question(typed);
  if (mode_ == Mode::kFilter) return heed_filter(typed), Wish::kNothing;
  if (std::exchange(mode_, Mode::kTable) == Mode::kHelp) return Wish::kNothing;
  const auto tab = static_cast<size_t>(shown_);
  switch (typed.stroke) {
    case Stroke::kCharacter: return heed_character(typed.character);
    case Stroke::kUp: choose(chosen_ - std::min<size_t>(chosen_, 1)); break;
    case Stroke::kDown: choose(chosen_ + 1); break;
    case Stroke::kPageUp: choose(chosen_ - std::min(chosen_, page)); break;
    case Stroke::kPageDown: choose(chosen_ + page); break;
    case Stroke::kHome: choose(0); break;
    case Stroke::kEnd: choose(rows_.size()); break;
    case Stroke::kRight:
    case Stroke::kTab: go_to(tab + 1); break;
    case Stroke::kLeft:
    case Stroke::kBackTab: go_to(tab + kTopNames.size() - 1); break;
    case Stroke::kEscape:
      view().filter.clear();
      order_rows();
      break;
    default: break;
  }
  return Wish::kNothing;
}

TopModel::Wish TopModel::heed_character(char typed) {
  answer_.clear();
  if (typed >= '1' && typed < '1' + static_cast<char>(kTopNames.size())) {
    go_to(static_cast<size_t>(typed - '1'));
    return Wish::kNothing;
  }
  switch (typed) {
    case 'q':
    case 'Q': return Wish::kQuit;
    case '<': sort_by(-1); break;
    case '>':
    case 's': sort_by(1); break;
    case 'r':
      view().reverse = !view().reverse;
      order_rows();
      break;
    case '/':
      typed_ = view().filter;
      mode_ = Mode::kFilter;
      break;
    case ' ': freeze(); break;
    case 'k': ask_to_kill(); break;
    case '?':
    case 'h': mode_ = Mode::kHelp; break;
    default: break;
  }
  return Wish::kNothing;
}

void TopModel::heed_filter(const Typed& typed) {
  switch (typed.stroke) {
    case Stroke::kCharacter:
      if (typed_.size() < kTopLongestFilter) typed_ += typed.character;
      break;
    case Stroke::kErase:
      if (!typed_.empty()) typed_.pop_back();
      break;
    case Stroke::kEnter:
      view().filter = typed_;
      mode_ = Mode::kTable;
      order_rows();
      break;
    case Stroke::kEscape: mode_ = Mode::kTable; break;
    default: break;
  }
}

TopModel::Wish TopModel::heed_question(const Typed& typed) {
  mode_ = Mode::kTable;
  return typed.stroke == Stroke::kCharacter && (typed.character == 'y' || typed.character == 'Y')
             ? Wish::kKill
             : Wish::kNothing;
}

}   // namespace sluice::cli
