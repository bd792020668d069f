// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/store.hpp"

namespace sluice {
namespace {

std::pair<AllotmentKey, Allotment> read_allotment(const SqlRow& row) {
  return {{row.text(0), row.text(1), row.text(2)}, {row.text(3), row.number(4)}};
}

}   // namespace

// Nobody else writes there.
Result<Allotments> Store::allotments() {
  if (allotments_) return *allotments_;
  Allotments all;
  for (auto& row :
       TRY(database_.rows("SELECT network, endpoint, what, value, freed FROM allotments", read_allotment)))
    all.insert(std::move(row));
  allotments_ = std::move(all);
  return *allotments_;
}

Result<> Store::put_allotments(const Allotments& allotments) {
  if (allotments_ && *allotments_ == allotments) return {};
  Transaction transaction = TRY(Transaction::begin(database_));
  TRY(write_allotments(allotments));
  TRY(transaction.commit());
  allotments_ = allotments;
  return {};
}

Result<> Store::write_allotments(const Allotments& allotments) {
  const Allotments known = TRY(this->allotments());
  allotments_.reset();   // until they are there
  for (const auto& [key, allotment] : known)
    if (!allotments.contains(key))
      TRY(database_.run("DELETE FROM allotments WHERE network = ? AND endpoint = ? AND what = ?",
                        {key.network, key.endpoint, key.what}));
  for (const auto& [key, allotment] : allotments)
    if (const auto at = known.find(key); at == known.end() || at->second != allotment)
      TRY(
          database_.run("INSERT OR REPLACE INTO allotments (network, endpoint, what, value, freed) "
                        "VALUES (?, ?, ?, ?, ?)",
                        {key.network, key.endpoint, key.what, allotment.value, allotment.freed}));
  return {};
}

}   // namespace sluice
