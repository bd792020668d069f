// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of the state database, and how an older database becomes a current one.
#pragma once

#include "store/database.hpp"

namespace sluice {

inline constexpr int64_t kDatabaseVersion = 7;   // PRAGMA user_version

// Checks that the database is sound and brings its tables up to kDatabaseVersion. A database of a newer
// release is refused, because writing to it could lose what that release keeps there.
Result<> prepare_schema(Database& database);

// What prepare_schema() refuses, without a change: the format of a database that it would take.
Result<int64_t> judge_schema(Database& database);

// A failure that counts as damage, where the tables of the database are another application's.
Result<> refuse_foreign(Database& database);

// How often anything in it was changed since it was made: of two copies the one that saw more is newer.
Result<int64_t> changes_of(Database& database);

}   // namespace sluice
