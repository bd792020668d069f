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
  ask("/v3/kv/range", range_of(key(fmt::format("{}{}/", kDocuments, id))), [this, id](const json& answer) {
    fetching_.clear();
    std::string whole;
    for (const KeyValue& row : rows_of(answer)) whole += row.value;   // in the order of keys
    const json object = json::parse(whole, nullptr, false);
    if (!object.is_object() || !object.contains("text") || !object.contains("files")) return load_soon();
    SharedDocument document{.id = id, .text = text_in(object, "text"), .files = {}};
    for (const auto& [name, text] : object["files"].items())
      if (text.is_string()) document.files.emplace(name, text.get<std::string>());
    // Somebody may have written anything there.
    if (id_of_document(document.text, document.files) != id)
      return tell_(ClusterTrouble{fmt::format("document {} in etcd is not what its id says", id)});
    tell_(document);
  });
}

// Those of proposals that came to nothing, and of what was there before.
void ClusterSession::forget_documents() {
  json wanted = range_of(key(kDocuments));
  wanted["keysOnly"] = true;
  ask("/v3/kv/range", wanted, [this](const json& answer) {
    json operations = json::array();
    for (const KeyValue& row : rows_of(answer)) {
      const auto is_of_id = [&](const std::string& id) {
        return row.key.starts_with(key(fmt::format("{}{}/", kDocuments, id)));
      };
      if (view_.head && is_of_id(view_.head->id)) continue;
      if (view_.proposal && is_of_id(view_.proposal->revision.id)) continue;
      if (operations.size() < 100) operations.push_back(delete_step(row.key));   // etcd takes 128 at once
    }
    if (!operations.empty())
      change(json::array({is_of(key("state/proposal"), 0), is_of(key("state/head"), head_mod())}),
             std::move(operations), [](bool) {});
  });
}

}   // namespace sluice
