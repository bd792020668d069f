// SPDX-License-Identifier: GPL-2.0-or-later
// Errors as the CNI specification has them ("Error", with its codes): JSON on the standard output.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace sluice::cni {

enum FailureCode : int {
  kIncompatibleVersion = 1,
  kInvalidEnvironment = 4,
  kInputFailure = 5,
  kUndecodable = 6,
  kInvalidConfig = 7,
  kTryAgainLater = 11,
  kNotDone = 100,   // from here on codes are a plugin's own
  kNotAsGiven = 101,
};

struct Failure {
  FailureCode code = kNotDone;
  std::string message, details;
};

template <class T = void>
using CniResult = std::expected<T, Failure>;

inline std::unexpected<Failure> refuse(FailureCode code, std::string message, std::string details = "") {
  return std::unexpected(Failure{code, std::move(message), std::move(details)});
}

// What the daemon said.
Failure failure_of(const Error& error);

}   // namespace sluice::cni

namespace sluice::detail {
// For TRY (base/result.hpp).
template <class T>
T take(std::expected<T, cni::Failure>& result) {
  return std::move(*result);
}
inline void take(std::expected<void, cni::Failure>&) {}
}   // namespace sluice::detail
