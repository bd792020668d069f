// SPDX-License-Identifier: GPL-2.0-or-later
// Exit statuses of `sluice`. They are part of the contract with scripts and never change meaning.
#pragma once

#include "base/result.hpp"

namespace sluice {

enum ExitStatus : int {
  kExitDone = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitInvalidDocument = 3,
  kExitUnreachable = 4,
  kExitNotPermitted = 5,
  kExitDegraded = 6,   // applied, but something named is not as wanted (an interface is missing)
  kExitRolledBack = 7,
  kExitDifferent = 8,   // plan --exit-code, diff
};

constexpr ExitStatus exit_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kFailed:
    case ErrorKind::kBusy: return kExitFailed;
    case ErrorKind::kInvalidDocument: return kExitInvalidDocument;
    case ErrorKind::kUnreachable: return kExitUnreachable;
    case ErrorKind::kNotPermitted: return kExitNotPermitted;
    case ErrorKind::kUsage: return kExitUsage;
    case ErrorKind::kRolledBack: return kExitRolledBack;
  }
  return kExitFailed;
}

}   // namespace sluice
