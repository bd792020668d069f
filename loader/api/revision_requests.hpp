// SPDX-License-Identifier: GPL-2.0-or-later
// What requests about revisions say. Everything wrong with the form is kUsage.
#pragma once

#include <string_view>

#include "api/router.hpp"
#include "api/service.hpp"

namespace sluice {

Result<RevisionChange> read_reason(const ApiRequest& request);
Result<RevisionChange> read_rollback(const ApiRequest& request);

Result<> read_nothing(const ApiRequest& request);   // a body without fields
Result<RestoreRequest> read_restore(const ApiRequest& request);

struct DocumentQuery {
  RevisionName revision;
  bool resolved = false;
};
Result<DocumentQuery> read_document_query(std::string_view query);

struct DiffQuery {
  RevisionName before, after;
};
// "a" is 0 where it is left out: the one before "b".
Result<DiffQuery> read_diff_query(std::string_view query);

Result<int64_t> read_history_query(std::string_view query);   // how many

}   // namespace sluice
