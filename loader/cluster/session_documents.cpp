// SPDX-License-Identifier: GPL-2.0-or-later
// Documents in etcd: put there in pieces, read again, and removed when nothing names them.
#include <fmt/format.h>

#include <utility>

#include "cluster/etcd_steps.hpp"
#include "cluster/session.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kPiece = size_t{512} << 10;   // etcd takes requests of 1.5 MiB
constexpr std::string_view kDocuments = "documents/";
constexpr size_t kRemovedAtOnce = 50;   // each is a comparison and a step, of which etcd takes 128
constexpr std::chrono::seconds kMissingFor{1};

}   // namespace

// Before anything says its id, the whole document is there.
void ClusterSession::put_pieces(const std::string& id, const std::shared_ptr<const std::string>& whole,
                                size_t at, std::function<void()> then) {
  const size_t begin = at * kPiece;
  if (begin >= whole->size()) return then();
  ask("/v3/kv/put", putting(key(fmt::format("{}{}/{:04}", kDocuments, id, at)), whole->substr(begin, kPiece)),
      [this, id, whole, at, then = std::move(then)](const json&) { put_pieces(id, whole, at + 1, then); });
}

void ClusterSession::fetch(const std::string& id) {
  if (std::exchange(fetching_, id) == id) return;   // it is on its way
  const std::string place = key(fmt::format("{}{}/", kDocuments, id));
  ask("/v3/kv/range", range_of(place), [this, id, place](const json& answer) {
    std::string whole;
    for (const KeyValue& row : rows_of(answer)) whole += row.value;   // in the order of keys
    if (whole.empty()) return fetch_again_later(id, fmt::format("etcd has nothing at {}", place));
    const json object = json::parse(whole, nullptr, false);
    if (!object.is_object() || !object.contains("text") || !object.contains("files"))
      return fetch_again_later(id, fmt::format("what etcd has at {} is not a whole document", place));
    SharedDocument document{.id = id, .text = text_in(object, "text"), .files = {}};
    for (const auto& [name, text] : object["files"].items())
      if (text.is_string()) document.files.emplace(name, text.get<std::string>());
    // Somebody may have written anything there.
    if (id_of_document(document.text, document.files) != id)
      return fetch_again_later(id, fmt::format("what etcd has at {} is another document", place));
    fetching_.clear();
    missed_.clear();
    tell_(document);
  });
}

// Whatever is said of it meanwhile: what one node says is news to all of them, and each would ask again. Once
// it may be that another document has just come in its place, and nobody has been told of that yet.
void ClusterSession::fetch_again_later(const std::string& id, const std::string& why) {
  if (std::exchange(missed_, id) == id) tell_(DocumentLack{id, why});
  after(missing_, kMissingFor, [this, id] {
    if (fetching_ != id) return;
    fetching_.clear();
    if (names(id)) fetch(id);
  });
}

bool ClusterSession::names(const std::string& id) const {
  return (view_.head && view_.head->id == id) || (view_.proposal && view_.proposal->revision.id == id);
}

// Those of proposals that came to nothing, and of what was there before. What was written after the head may
// be of a proposal that is about to be made: who makes it wrote it when that was the head, and it counts only
// while it is. What was written again since it was read here is not removed either.
void ClusterSession::forget_documents() {
  json wanted = range_of(key(kDocuments));
  wanted["keysOnly"] = true;
  ask("/v3/kv/range", wanted, [this, head = head_mod()](const json& answer) {
    json compares = json::array({is_of(key("state/proposal"), 0), is_of(key("state/head"), head)});
    json operations = json::array();
    const size_t prefix = key(kDocuments).size();
    for (const KeyValue& row : rows_of(answer)) {
      if (row.mod > head || names(row.key.substr(prefix, row.key.find('/', prefix) - prefix))) continue;
      compares.push_back(is_of(row.key, row.mod));
      operations.push_back(delete_step(row.key));
      if (operations.size() == kRemovedAtOnce) break;
    }
    if (!operations.empty()) change(std::move(compares), std::move(operations));
  });
}

}   // namespace sluice
