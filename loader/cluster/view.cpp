// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/view.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/hex.hpp"
#include "base/name.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kLongestWord = 4096, kIdBytes = 16;
constexpr int64_t kMostSecondsOfProposal = 86'400;   // as of any confirmation
constexpr std::string_view kAnswers = "answers/", kHas = "has/", kNodes = "nodes/";

// A text of somebody else's, of which only so much is kept, and nothing that a terminal or a log obeys.
std::string word_in(const json& object, const char* key) {
  std::string word = object.at(key).get_ref<const std::string&>().substr(0, kLongestWord);
  std::ranges::replace_if(
      word, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return word;
}

std::string id_in(const json& object) {
  std::string id = word_in(object, "id");
  if (id.size() != 2 * kIdBytes || id.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw std::invalid_argument("an id that is none");
  return id;
}

std::string checked_name(std::string name) {
  if (!is_name(name)) throw std::invalid_argument("a name that is none");
  return name;
}

// Of nodes of an earlier release it is not there.
std::string word_if_there(const json& object, const char* key) {
  return object.contains(key) ? word_in(object, key) : std::string();
}

std::vector<int64_t> numbers_if_there(const json& object, const char* key) {
  auto numbers = object.value(key, std::vector<int64_t>());
  if (numbers.size() > kSettledKnown) numbers.resize(kSettledKnown);
  return numbers;
}

std::string name_in(const json& object, const char* key) { return checked_name(word_in(object, key)); }

template <class T>
json optional_json(const std::optional<T>& value) {
  return value ? json_of(*value) : json();
}

// The node that "nodes/gw1" is of; empty: it is none.
std::string_view node_in(std::string_view key, std::string_view kind) {
  if (!key.starts_with(kind) || !is_name(key.substr(kind.size()))) return {};
  return key.substr(kind.size());
}

template <class T>
json json_of_each(const std::map<std::string, T, std::less<>>& values) {
  json object = json::object();
  for (const auto& [name, value] : values) object[name] = json_of(value);
  return object;
}

template <class T>
std::map<std::string, T, std::less<>> each_of(const json& object, const char* kind, T (*one_of)(const json&),
                                              const std::map<std::string, T, std::less<>>& known) {
  const auto kind_there = object.find(kind);
  if (kind_there == object.end()) return known;
  std::map<std::string, T, std::less<>> values;
  for (const auto& [name, one] : kind_there->items()) values.emplace(checked_name(name), one_of(one));
  return values;
}

void put_value(ClusterView& view, std::string_view key, const json& value, int64_t mod) {
  if (key == "head") {
    SharedRevision head = revision_of(value);
    head.mod = mod;
    view.head = std::move(head);
  } else if (key == "proposal") {
    Proposal proposal = proposal_of(value);
    proposal.revision.mod = mod;
    view.proposal = std::move(proposal);
  } else if (key == "withdrawn") {
    view.withdrawn = withdrawn_of(value);
  } else if (const auto node = node_in(key, kAnswers); !node.empty()) {
    view.answers.insert_or_assign(std::string(node), answer_of(value));
  } else if (const auto node = node_in(key, kHas); !node.empty()) {
    view.has.insert_or_assign(std::string(node), has_of(value));
  } else if (const auto node = node_in(key, kNodes); !node.empty()) {
    view.nodes.insert_or_assign(std::string(node), news_of(value));
  }
}

}   // namespace

std::string id_of_document(std::string_view text, const NamedTexts& files) {
  const std::string whole = json{text, files}.dump(-1, ' ', false, json::error_handler_t::replace);
  std::array<unsigned char, kIdBytes> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(whole.data()),
                     whole.size(), nullptr, 0);
  return hex_of(hash);
}

void put_in_view(ClusterView& view, std::string_view key, std::string_view value, int64_t mod) try {
  put_value(view, key, json::parse(value), mod);
} catch (const std::exception&) {   // as if it was not there
  remove_from_view(view, key);
}

void remove_from_view(ClusterView& view, std::string_view key) {
  if (key == "head") view.head.reset();
  if (key == "proposal") view.proposal.reset();
  if (key == "withdrawn") view.withdrawn.reset();
  if (const auto node = node_in(key, kAnswers); !node.empty()) view.answers.erase(std::string(node));
  if (const auto node = node_in(key, kHas); !node.empty()) view.has.erase(std::string(node));
  if (const auto node = node_in(key, kNodes); !node.empty()) view.nodes.erase(std::string(node));
}

const NodeHas* kept_by(const ClusterView& view, std::string_view node) {
  const auto news = view.nodes.find(node);
  if (news == view.nodes.end()) return nullptr;
  if (!news->second.reads_has) return news->second.has ? &*news->second.has : nullptr;
  const auto has = view.has.find(node);
  return has == view.has.end() ? nullptr : &has->second;
}

bool has_head(const ClusterView& view, std::string_view node) {
  const NodeHas* has = kept_by(view, node);
  return has && view.head && has->id == view.head->id && !has->waits;
}

bool all_have_head(const ClusterView& view) {
  return view.head &&
         std::ranges::all_of(view.nodes, [&](const auto& node) { return has_head(view, node.first); });
}

SharedRevision settled_head(const ClusterView& view) {
  SharedRevision head = view.proposal->revision;
  head.settled = {head.mod};
  if (view.head) std::ranges::copy(view.head->settled, std::back_inserter(head.settled));
  if (head.settled.size() > kSettledKnown) head.settled.resize(kSettledKnown);
  return head;
}

json json_of(const SharedRevision& revision) {
  return {{"id", revision.id},     {"number", revision.number}, {"node", revision.node},
          {"who", revision.who},   {"why", revision.why},       {"when", revision.when},
          {"file", revision.file}, {"mod", revision.mod},       {"settled", revision.settled}};
}

json json_of(const Proposal& proposal) {
  return {{"revision", json_of(proposal.revision)}, {"seconds", proposal.seconds}, {"waits", proposal.waits}};
}

json json_of(const NodeAnswer& answer) { return {{"mod", answer.mod}, {"why", answer.why}}; }

json json_of(const NodeHas& has) { return {{"id", has.id}, {"since", has.since}, {"waits", has.waits}}; }

json json_of(const NodeNews& news) {
  json object = {{"state", news.state},
                 {"version", news.version},
                 {"role", news.role},
                 {"hindered", news.hindered},
                 {"reads_has", news.reads_has}};
  if (news.has) object.update(json_of(*news.has));
  return object;
}

json json_of(const Withdrawn& withdrawn) {
  return {{"revision", json_of(withdrawn.revision)}, {"by", withdrawn.by}, {"why", withdrawn.why}};
}

json json_of(const ClusterView& view, const ClusterView& known) {
  json object = {{"head", optional_json(view.head)},
                 {"proposal", optional_json(view.proposal)},
                 {"withdrawn", optional_json(view.withdrawn)}};
  if (view.answers != known.answers) object["answers"] = json_of_each(view.answers);
  if (view.has != known.has) object["has"] = json_of_each(view.has);
  if (view.nodes != known.nodes) object["nodes"] = json_of_each(view.nodes);
  return object;
}

SharedRevision revision_of(const json& object) {
  return {.id = id_in(object),
          .number = object.at("number"),
          .node = name_in(object, "node"),
          .who = word_in(object, "who"),
          .why = word_in(object, "why"),
          .when = word_in(object, "when"),
          .file = word_in(object, "file"),
          .mod = object.at("mod"),
          .settled = numbers_if_there(object, "settled")};
}

Proposal proposal_of(const json& object) {
  Proposal proposal{.revision = revision_of(object.at("revision")),
                    .seconds = object.at("seconds"),
                    .waits = object.at("waits")};
  if (proposal.seconds < 1 || proposal.seconds > kMostSecondsOfProposal)
    throw std::invalid_argument("a time that is none");
  return proposal;
}

NodeAnswer answer_of(const json& object) { return {.mod = object.at("mod"), .why = word_in(object, "why")}; }

NodeHas has_of(const json& object) {
  return {.id = word_in(object, "id"), .since = word_in(object, "since"), .waits = object.at("waits")};
}

NodeNews news_of(const json& object) {
  return {.state = word_in(object, "state"),
          .version = word_in(object, "version"),
          .role = word_if_there(object, "role"),
          .hindered = word_if_there(object, "hindered"),
          .reads_has = object.value("reads_has", false),
          .has = object.contains("id") ? std::optional(has_of(object)) : std::nullopt};
}

Withdrawn withdrawn_of(const json& object) {
  return {.revision = revision_of(object.at("revision")),
          .by = word_in(object, "by"),
          .why = word_in(object, "why")};
}

ClusterView view_of(const json& object, const ClusterView& known) {
  ClusterView view;
  if (!object.at("head").is_null()) view.head = revision_of(object["head"]);
  if (!object.at("proposal").is_null()) view.proposal = proposal_of(object["proposal"]);
  if (!object.at("withdrawn").is_null()) view.withdrawn = withdrawn_of(object["withdrawn"]);
  view.answers = each_of(object, "answers", answer_of, known.answers);
  view.has = each_of(object, "has", has_of, known.has);
  view.nodes = each_of(object, "nodes", news_of, known.nodes);
  return view;
}

}   // namespace sluice
