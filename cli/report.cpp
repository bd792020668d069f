// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <utility>

#include "api/router.hpp"
#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/console.hpp"
#include "cli/interrupt.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr int kLongestPause = 24 * 3600;
constexpr size_t kWrite = size_t{64} * 1024;   // rows are written in pieces of about this size
constexpr std::string_view kClear = "\033[H\033[2J";

// Only ASCII goes out: a name with control characters cannot steer the terminal.
std::string dump(const json& value, int indent) {
  return value.dump(indent, ' ', true, json::error_handler_t::replace) + "\n";
}

std::string render_lines(const json& data, const std::string& rows) {
  if (rows.empty()) return dump(data, -1);
  std::string out;
  for (json row : member(data, rows)) {
    if (row.is_object()) row["schema_version"] = member(data, "schema_version");
    out += dump(row, -1);
  }
  return out;
}

Result<std::chrono::seconds> pause_between(const Arguments& arguments) {
  const auto text = arguments.value("watch");
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > kLongestPause)
    return fail(fmt::format("--watch: \"{}\" is not a number of seconds from 1 to {}", text, kLongestPause),
                ErrorKind::kUsage);
  return std::chrono::seconds(value);
}

// What stands above a table that is drawn again and again.
std::string heading(const Call& call, std::chrono::seconds pause) {
  return fmt::format("sluice {}, every {} s, {}\n\n", call.command.name, pause.count(),
                     rfc3339(std::chrono::system_clock::now()));
}

bool is_table(const Call& call) {
  const auto format = call.arguments.value("output", "table");
  return format == "table" || format == "wide";
}

void draw(const Call& call, const View& view, const json& data, std::chrono::seconds pause, bool first) {
  const std::string text = render(call, view, data);
  if (is_table(call) && call.console.is_terminal())
    return call.console.out(std::string(kClear) + heading(call, pause) + text);
  call.console.out(is_table(call) && !first ? "\n" + text : text);
}

ApiResult watch(const Call& call, const View& view) {
  const auto pause = TRY(pause_between(call.arguments));
  json last = TRY(view.fetch());
  const Interrupt interrupt;
  draw(call, view, last, pause, true);
  for (;;) {
    interrupt.wait(pause, call.console.out_fd());
    if (interrupt.asked() || call.console.reader_gone() || !call.console.result()) return last;
    auto next = view.fetch();
    if (interrupt.asked()) return last;
    if (!next) {
      call.console.err("sluice: " + escape_for_terminal(next.error().error.message));
      continue;
    }
    last = std::move(*next);
    draw(call, view, last, pause, false);
  }
}

// As dump(…, 2) of the whole object, with its list row by row.
ApiResult report_object(const Call& call, const std::string& target, const std::string& list) {
  const std::string frame = dump({{list, json::array()}, {"schema_version", kSchemaVersion}}, 2);
  const size_t middle = frame.find("[]") + 1;
  std::string out;
  bool has_row = false;
  auto data = TRY(call.client.get_rows(target, list, [&](const json& row) {
    std::string text = std::exchange(has_row, true) ? ",\n" : frame.substr(0, middle) + "\n";
    const std::string shown = row.dump(2, ' ', true, json::error_handler_t::replace);
    for (const std::string_view line : split(shown, '\n'))
      text += (text.ends_with("\n") ? "    " : "\n    ") + std::string(line);
    out += text;
    if (out.size() > kWrite) call.console.out(std::exchange(out, {}));
  }));
  call.console.out(out + (has_row ? "\n  " : frame.substr(0, middle)) + frame.substr(middle));
  return data;
}

}   // namespace

std::string render(const Call& call, const View& view, const json& data) {
  const auto format = call.arguments.value("output", "table");
  if (format == "json") return dump(data, 2);
  if (format == "jsonl") return render_lines(data, view.rows);
  return view.table(data, {.wide = format == "wide", .colour = call.console.colour()});
}

ApiResult report(const Call& call, const View& view) {
  if (call.arguments.has("watch")) return watch(call, view);
  json data = TRY(view.fetch());
  call.console.out(render(call, view, data));
  return data;
}

ApiResult report_rows(const Call& call, const std::string& object, std::span<const Column> columns) {
  const auto format = call.arguments.value("output", "table");
  const std::string target = "/v1/show/" + object;
  if (format == "json") return report_object(call, target, object);
  Table table(columns, {.wide = format == "wide", .colour = call.console.colour()});
  std::string lines;
  auto data = TRY(call.client.get_rows(target, object, [&](json row) {
    if (format != "jsonl") return table.add(row);
    row["schema_version"] = kSchemaVersion;
    lines += dump(row, -1);
    if (lines.size() > kWrite) call.console.out(std::exchange(lines, {}));
  }));
  call.console.out(format == "jsonl" ? lines : table.render());
  return data;
}

std::string error_text(std::string_view format, const ApiError& error) {
  if (!format.starts_with("json")) return "";
  return dump(error_response(400, error).body, format == "json" ? 2 : -1);
}

}   // namespace sluice::cli
