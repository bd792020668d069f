// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/endpoint_csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>

#include "base/name.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "network/csv.hpp"

namespace sluice {
namespace {

constexpr size_t kMostCsvBytes = 1 << 20;
constexpr size_t kMostCsvEndpoints = 10'000;

std::unexpected<Error> refuse(std::string reason) {
  return fail(std::move(reason), ErrorKind::kInvalidDocument);
}

std::string line_text(const CsvRecord& record) { return fmt::format("line {}", record.line); }

// A cell in a message: what is not visible ASCII could steer the terminal.
std::string shown(std::string_view cell) {
  constexpr size_t kLongest = 40;
  std::string text;
  for (const char c : cell.substr(0, kLongest))
    if (!continues_character(c)) text += c >= ' ' && c < 0x7f ? c : '?';
  return fmt::format("\"{}\"{}", text, cell.size() > kLongest ? "..." : "");
}

Result<> take_name(std::string_view cell, NetworkEndpoint& endpoint) {
  if (!is_name(cell)) return refuse(fmt::format("name {} is not a name: {}", shown(cell), kNameRemedy));
  endpoint.name = cell;
  return {};
}

Result<> take_type(std::string_view cell, NetworkEndpoint& endpoint) {
  constexpr std::array kTypes{EndpointType::kMobile, EndpointType::kCpe, EndpointType::kGateway};
  const auto type = std::ranges::find(kTypes, cell, [](EndpointType each) { return to_string(each); });
  if (type == kTypes.end())
    return refuse(fmt::format("type {} is none of mobile, cpe, gateway", shown(cell)));
  endpoint.type = *type;
  return {};
}

// The cell is not shown: a private key may stand there by mistake.
Result<> take_public_key(std::string_view cell, NetworkEndpoint& endpoint) {
  endpoint.public_key = parse_key(cell);
  if (!endpoint.public_key) return refuse("public_key is no key: it has 44 characters of base64");
  return {};
}

Result<> take_address(std::string_view cell, NetworkEndpoint& endpoint) {
  const auto address = IpAddress::parse(cell);
  if (!address) return refuse(fmt::format("address {} is no IP address", shown(cell)));
  (address->is_ipv4() ? endpoint.address : endpoint.address6) = address;
  return {};
}

Result<> take_expires(std::string_view cell, NetworkEndpoint& endpoint) {
  endpoint.expires = parse_rfc3339(cell);
  if (!endpoint.expires)
    return refuse(fmt::format("expires {} is no time such as 2027-01-01T00:00:00Z", shown(cell)));
  return {};
}

struct Column {
  std::string_view name;
  bool required;   // as a column, and in each line
  Result<> (*take)(std::string_view cell, NetworkEndpoint& endpoint);
};

constexpr std::array<Column, 5> kColumns{{{"name", true, take_name},
                                          {"type", true, take_type},
                                          {"public_key", false, take_public_key},
                                          {"address", false, take_address},
                                          {"expires", false, take_expires}}};

std::string column_names() {
  std::vector<std::string_view> names;
  for (const Column& column : kColumns) names.push_back(column.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

using Columns = std::vector<const Column*>;

bool has(const Columns& columns, const Column* column) {
  return std::ranges::find(columns, column) != columns.end();
}

Result<Columns> read_header(const std::vector<std::string>& cells) {
  Columns columns;
  for (const std::string& cell : cells) {
    const auto* column = std::ranges::find(kColumns, cell, &Column::name);
    if (column == kColumns.end())
      return refuse(fmt::format("column {} is none of {}", shown(cell), column_names()));
    if (has(columns, column)) return refuse(fmt::format("column {} is there twice", cell));
    columns.push_back(column);
  }
  for (const Column& column : kColumns)
    if (column.required && !has(columns, &column))
      return refuse(fmt::format("there is no column {}", column.name));
  return columns;
}

Result<NetworkEndpoint> read_endpoint(const Columns& columns, const std::vector<std::string>& cells) {
  if (cells.size() != columns.size())
    return refuse(fmt::format("{} cells, where the header line has {}", cells.size(), columns.size()));
  NetworkEndpoint endpoint;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!cells[i].empty())
      TRY(columns[i]->take(cells[i], endpoint));
    else if (columns[i]->required)
      return refuse(fmt::format("{} is empty", columns[i]->name));
  }
  return endpoint;
}

// What was on earlier lines, and on which.
class EarlierLines {
 public:
  Result<> add(const EndpointLine& line) {
    const NetworkEndpoint& endpoint = line.endpoint;
    TRY(add(names_, std::optional(endpoint.name), fmt::format("name \"{}\"", endpoint.name), line.line));
    TRY(add(keys_, endpoint.public_key, "public_key", line.line));
    for (const auto& address : {endpoint.address, endpoint.address6})
      TRY(add(addresses_, address, address ? "address " + address->to_string() : "", line.line));
    return {};
  }

 private:
  template <class Value>
  static Result<> add(std::map<Value, int>& seen, const std::optional<Value>& value, std::string_view what,
                      int line) {
    if (!value) return {};
    const auto [at, inserted] = seen.try_emplace(*value, line);
    return inserted ? Result<>() : refuse(fmt::format("{} is on line {} already", what, at->second));
  }

  std::map<std::string, int> names_;
  std::map<WireguardKey, int> keys_;
  std::map<IpAddress, int> addresses_;
};

Result<std::vector<EndpointLine>> read_endpoints(std::span<const CsvRecord> records) {
  const CsvRecord& header = records.front();
  const Columns columns = TRY_TO(line_text(header), read_header(header.cells));
  EarlierLines earlier;
  std::vector<EndpointLine> lines;
  for (const CsvRecord& record : records.subspan(1)) {
    lines.push_back({record.line, TRY_TO(line_text(record), read_endpoint(columns, record.cells))});
    TRY_TO(line_text(record), earlier.add(lines.back()));
  }
  return lines;
}

}   // namespace

Result<std::vector<EndpointLine>> parse_endpoint_csv(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";   // spreadsheets write it
  if (text.size() > kMostCsvBytes) return refuse("the file has more than 1 MiB");
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const auto records = TRY(parse_csv(text));
  if (records.empty()) return refuse(fmt::format("line 1: a header line is wanted: {}", column_names()));
  if (records.size() > kMostCsvEndpoints + 1)
    return refuse(fmt::format("the file has {} endpoints, and {} are the most",
                              with_commas(records.size() - 1), with_commas(kMostCsvEndpoints)));
  return read_endpoints(records);
}

}   // namespace sluice
