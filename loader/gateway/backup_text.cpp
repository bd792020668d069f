// SPDX-License-Identifier: GPL-2.0-or-later
// JSON of a backup. Texts that several revisions have are kept once.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/name.hpp"
#include "gateway/backup.hpp"
#include "gateway/relay_ways.hpp"
#include "pod/allocate_pods.hpp"
#include "relay/allocate_relay.hpp"
#include "ssh/allocate_ssh.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;

// What is no UTF-8 (a comment in a file of a set may be anything) is a list of its bytes.
json spelled_text(std::string_view text) {
  if (!find_invalid_utf8(text)) return text;
  return std::vector<uint8_t>(text.begin(), text.end());
}

std::string read_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  const auto bytes = value.get<std::vector<uint8_t>>();
  return {bytes.begin(), bytes.end()};
}

class TextPool {
 public:
  size_t add(const std::string& text) {
    const auto [at, is_new] = numbers_.try_emplace(text, texts_.size());
    if (is_new) {
      texts_.push_back(spelled_text(text));
      bytes_ += bytes_of(texts_.back());
    }
    return at->second;
  }
  size_t bytes() const { return bytes_; }
  size_t bytes_with(const Revision& revision) const {
    size_t bytes = bytes_ + bytes_of_new(revision.text);
    for (const auto& [name, text] : revision.files) bytes += bytes_of_new(text);
    return bytes;
  }
  json take() { return std::move(texts_); }

 private:
  static size_t bytes_of(const json& text) { return text.dump().size() + 1; }
  size_t bytes_of_new(const std::string& text) const {
    return numbers_.contains(text) ? 0 : bytes_of(spelled_text(text));
  }

  std::unordered_map<std::string, size_t> numbers_;
  json texts_ = json::array();
  size_t bytes_ = 0;
};

json row_of(const Revision& revision, TextPool& texts) {
  json files = json::object();
  for (const auto& [name, text] : revision.files) files[name] = texts.add(text);
  return {{"number", revision.number},
          {"time", revision.time},
          {"who", revision.who},
          {"why", revision.why},
          {"file", revision.file},
          {"text", texts.add(revision.text)},
          {"files", std::move(files)},
          {"result", to_string(revision.result)},
          {"result_time", revision.verdict.time},
          {"result_who", revision.verdict.who},
          {"result_why", revision.verdict.why}};
}

Revision read_revision_row(const json& row, const std::vector<std::string>& texts) {
  Revision revision;
  revision.number = row.at("number").get<int64_t>();
  revision.time = row.at("time").get<std::string>();
  revision.who = row.at("who").get<std::string>();
  revision.why = row.at("why").get<std::string>();
  revision.file = row.at("file").get<std::string>();
  revision.text = texts.at(row.at("text").get<size_t>());
  for (const auto& [name, text] : row.at("files").items())
    revision.files[name] = texts.at(text.get<size_t>());
  revision.result = revision_result_called(row.at("result").get<std::string>());
  revision.verdict = {row.at("result_time").get<std::string>(), row.at("result_who").get<std::string>(),
                      row.at("result_why").get<std::string>()};
  return revision;
}

json rows_of(const Allotments& allotments) {
  json rows = json::array();
  for (const auto& [key, allotment] : allotments)
    rows.push_back({key.network, key.endpoint, key.what, allotment.value, allotment.freed});
  return rows;
}

json spelled_keys(const KeyTable& keys) {
  json spelled = json::object();
  for (const auto& [file, key] : keys) spelled[file] = to_string(key);
  return spelled;
}

json counters_of(const Backup& backup) {
  json objects = json::array(), endpoints = json::array();
  for (const ObjectCount& one : backup.objects)
    objects.push_back({one.kind, one.name, one.flows, one.packets, one.bytes});
  for (const EndpointCount& one : backup.endpoints)
    endpoints.push_back({one.name, one.from.packets, one.from.bytes, one.to.packets, one.to.bytes});
  return {{"objects", std::move(objects)}, {"endpoints", std::move(endpoints)}};
}

bool has_owner(const AllotmentKey& key) {
  if (is_of_relay(key) || is_of_ways(key) || is_of_ssh(key)) return true;
  const auto pod = pod_of(key);
  return pod ? pod->empty() || is_name(*pod) : is_name(key.network);
}

Allotments read_allotments(const json& rows) {
  Allotments allotments;
  for (const json& row : rows) {
    const AllotmentKey key{row.at(0), row.at(1), row.at(2)};
    // They become names of files.
    if (!has_owner(key) || !(key.endpoint.empty() || is_name(key.endpoint)))
      throw std::out_of_range("a name that is none");
    allotments[key] = {row.at(3).get<std::string>(), row.at(4).get<int64_t>()};
  }
  return allotments;
}

KeyTable read_keys(const json& spelled) {
  KeyTable keys;
  for (const auto& [file, text] : spelled.items()) {
    const auto key = parse_key(text.get_ref<const std::string&>());
    if (!key) throw std::out_of_range("a key that is none");
    keys.emplace(file, *key);
  }
  return keys;
}

void read_counters(const json& counters, Backup& backup) {
  for (const json& row : counters.at("objects"))
    backup.objects.push_back({.kind = row.at(0).get<uint8_t>(),
                              .name = row.at(1).get<std::string>(),
                              .flows = row.at(2).get<uint64_t>(),
                              .packets = row.at(3).get<uint64_t>(),
                              .bytes = row.at(4).get<uint64_t>()});
  for (const json& row : counters.at("endpoints"))
    backup.endpoints.push_back({.name = row.at(0).get<std::string>(),
                                .from = {row.at(1).get<uint64_t>(), row.at(2).get<uint64_t>()},
                                .to = {row.at(3).get<uint64_t>(), row.at(4).get<uint64_t>()},
                                .drops = {}});
}

Backup read_backup(const json& read) {
  Backup backup;
  backup.host = read.at("host").get<std::string>();
  backup.time = read.at("time").get<std::string>();
  std::vector<std::string> texts;
  for (const json& text : read.at("texts")) texts.push_back(read_text(text));
  for (const json& row : read.at("revisions")) backup.history.push_back(read_revision_row(row, texts));
  std::ranges::sort(backup.history, {}, &Revision::number);
  const auto number = read.at("in_force").get<int64_t>();
  const auto at = std::ranges::find(backup.history, number, &Revision::number);
  if (at == backup.history.end()) throw std::out_of_range("the document in force is not in it");
  backup.in_force = *at;
  backup.allotments = read_allotments(read.at("allotments"));
  backup.keys = read_keys(read.at("keys"));
  read_counters(read.at("counters"), backup);
  return backup;
}

// From the newest on, as many as there is room for.
size_t add_history(const Backup& backup, TextPool& texts, size_t used, json& rows) {
  size_t left_out = 0;
  for (auto one = backup.history.rbegin(); one != backup.history.rend(); ++one) {
    if (one->number == backup.in_force.number) continue;
    if (left_out || used + texts.bytes_with(*one) > kMostBackupBytes) {
      ++left_out;
      continue;
    }
    rows.push_back(row_of(*one, texts));
    used += rows.back().dump().size() + 1;
  }
  return left_out;
}

}   // namespace

Result<BackupText> text_of(const Backup& backup) {
  TextPool texts;
  json rows = json::array({row_of(backup.in_force, texts)});
  json whole = {{"format", kFormat},
                {"host", backup.host},
                {"time", backup.time},
                {"in_force", backup.in_force.number},
                {"allotments", rows_of(backup.allotments)},
                {"keys", spelled_keys(backup.keys)},
                {"counters", counters_of(backup)}};
  const size_t used = whole.dump().size() + rows.dump().size() + 64;   // the brackets of what comes
  if (used + texts.bytes() > kMostBackupBytes)
    return fail(fmt::format("the document and what belongs to it are {} MiB, and a backup has at most {}",
                            (used + texts.bytes()) >> 20, kMostBackupBytes >> 20));
  const size_t left_out = add_history(backup, texts, used, rows);
  whole["revisions"] = std::move(rows);
  whole["texts"] = texts.take();
  return BackupText{whole.dump(), left_out};
}

Result<Backup> parse_backup(std::string_view text) {
  const auto read = json::parse(text, nullptr, false);
  try {
    if (!read.is_object() || !read.contains("format"))
      return fail("what is in the backup is none of sluice's");
    if (read["format"] != kFormat)
      return fail(fmt::format("what is in the backup has format {}, and this release knows format {}",
                              read["format"].dump(), kFormat));
    return read_backup(read);
  } catch (const std::exception& error) {   // of a member that is missing, or is something else
    return fail(fmt::format("what is in the backup cannot be read: {}", error.what()));
  }
}

std::string text_of(const KeyTable& keys) { return spelled_keys(keys).dump(); }

Result<KeyTable> parse_keys(std::string_view text) {
  try {
    return read_keys(json::parse(text));
  } catch (const std::exception&) {   // its text would have keys in it
    return fail("restored keys cannot be read");
  }
}

}   // namespace sluice
