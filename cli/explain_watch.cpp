// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/explain_watch.hpp"

#include <fmt/format.h>

#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/capture_wish.hpp"
#include "cli/cells.hpp"
#include "cli/columns.hpp"
#include "cli/console.hpp"
#include "cli/line_pieces.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

// Nothing: it has none.
std::string word(const json& row, const char* name) {
  const auto& value = member(row, name);
  return value.is_string() ? escape_for_terminal(value.get_ref<const std::string&>()) : std::string();
}

std::string number_word(const json& row, const char* name) {
  const auto& value = member(row, name);
  return value.is_number_integer() ? value.dump() : std::string("?");
}

// A line that is about no packet.
std::string remark(const json& line) {
  if (line.contains("lost"))
    return number_word(line, "lost") + " packets were lost: there were too many of them\n";
  if (line.contains("passed_over"))
    return number_word(line, "passed_over") + " more came in the same second, and are not shown\n";
  return fmt::format("ended: {}\n", word(line, "ended"));
}

std::string left_in_words(const json& line) {
  const json& left = member(line, "left");
  if (!left.is_object()) return {};
  return fmt::format("; left by {} as {}", word(left, "interface"), word(left, "packet"));
}

// What was asked is a moment later than the packet.
std::string otherwise_now(const json& line, const json& answer) {
  if (!answer.is_object() || member(answer, "verdict") == member(line, "verdict")) return {};
  return fmt::format("asked a moment later, it would be {}\n", word(answer, "verdict"));
}

bool is_packet(const json& line) { return line.contains("verdict"); }

class Watching {
 public:
  explicit Watching(Call& call)
      : call_(call),
        as_new_(call.arguments.has("new")),
        as_json_(call.arguments.value("output", "table").starts_with("json")),
        look_{.wide = call.arguments.value("output") == "wide", .colour = call.console.colour()} {}

  // False: nobody reads it.
  bool take(std::string_view piece) {
    lines_.take(piece, [&](const json& line) { tell(line); });
    return !call_.console.reader_gone() && call_.console.result();
  }

 private:
  json ask(const json& line) const {
    const std::string target = is_packet(line) ? explain_target(line, as_new_) : std::string();
    if (target.empty()) return nullptr;
    auto answer = call_.client.get(target);
    return answer ? std::move(*answer) : json();
  }

  void tell(const json& line) {
    const json answer = ask(line);
    if (!as_json_) return call_.console.out(watched_text(line, answer, look_));
    json told = line;
    told["stages"] = answer.is_object() ? member(answer, "stages") : json();
    told["explained"] = answer.is_object() ? member(answer, "verdict") : json();
    call_.console.out(told.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  }

  Call& call_;
  const bool as_new_, as_json_;
  const Look look_;
  LinePieces lines_;
};

}   // namespace

std::string explain_target(const json& line, bool as_new) {
  const json& question = member(line, "question");
  if (!question.is_object()) return {};
  QueryFields fields;
  for (const char* field : {"in", "protocol", "source", "destination"})
    if (const auto& value = member(question, field); value.is_string())
      fields[field] = value.get<std::string>();
  if (as_new || member(question, "begins") == true) fields["new"] = "1";
  return "/v1/explain?" + encode_query(fields);
}

std::string watched_text(const json& line, const json& answer, const Look& look) {
  if (!is_packet(line)) return remark(line);
  constexpr size_t kClock = 11, kClockEnd = 23;   // of RFC 3339, with milliseconds
  std::string time = word(line, "time");
  if (time.size() > kClockEnd) time = time.substr(kClock, kClockEnd - kClock);
  std::string text = fmt::format("{} {}, {} bytes by {}\n", time, word(line, "packet"),
                                 number_word(line, "length"), word(line, "interface"));
  if (answer.is_object()) text += render_table(explain_columns(), member(answer, "stages"), look);
  return text + fmt::format("{}{}\n", word(line, "story"), left_in_words(line)) +
         otherwise_now(line, answer) + "\n";
}

Outcome watch_explained(Call& call) {
  for (const char* option : {"from", "in", "protocol", "source", "destination"})
    if (call.arguments.has(option))
      return fail(
          fmt::format("explain: --watch follows packets that FILTER fits, and --{} says another one", option),
          ErrorKind::kUsage);
  json wish = TRY(capture_wish(call.arguments));
  wish["lines"] = "1";
  Watching watching(call);
  TRY(call.client.follow(
      "/v1/capture", wish, [&](std::string_view piece) { return watching.take(piece); },
      [&](int) { call.console.err("explain: waiting for packets; Ctrl-C ends it"); }));
  return kExitDone;
}

}   // namespace sluice::cli
