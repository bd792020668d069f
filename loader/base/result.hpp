// SPDX-License-Identifier: GPL-2.0-or-later
// Errors are values. One failure is one sentence: what was attempted on what, and why it failed.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

// What kind of failure it is; the command line maps it to its exit status (see base/exit_status.hpp).
enum class ErrorKind {
  kFailed,            // an attempt on the machine failed
  kInvalidDocument,   // the document was refused
  kUnreachable,       // the daemon does not answer
  kNotPermitted,      // a privilege is missing
  kUsage,             // the caller asked for something that does not exist
  kRolledBack,        // an apply failed and the earlier state is back
  kBusy,              // another change is being made: a moment later it may be done
};

struct Error {
  std::string message;
  ErrorKind kind = ErrorKind::kFailed;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message, ErrorKind kind = ErrorKind::kFailed) {
  return std::unexpected(Error{std::move(message), kind});
}

// The same error with "doing: " in front of its sentence.
inline std::unexpected<Error> while_doing(std::string_view doing, Error error) {
  error.message = std::string(doing) + ": " + error.message;
  return std::unexpected(std::move(error));
}

// "TEXT: strerror(errnum)"; EPERM and EACCES become kNotPermitted.
std::unexpected<Error> fail_errno(std::string_view text, int errnum);

namespace detail {
template <class T>
T take(Result<T>& result) {
  return std::move(*result);
}
inline void take(Result<void>&) {}
}   // namespace detail

}   // namespace sluice

// Statement expressions (GCC and clang): the value, or return the error to the caller.
#define TRY(expr)                                                              \
  ({                                                                           \
    auto sluice_try_result = (expr);                                           \
    if (!sluice_try_result) return std::unexpected(sluice_try_result.error()); \
    ::sluice::detail::take(sluice_try_result);                                 \
  })

// As TRY, but puts "doing: " in front; `doing` is evaluated on failure only.
#define TRY_TO(doing, expr)                                                                              \
  ({                                                                                                     \
    auto sluice_try_result = (expr);                                                                     \
    if (!sluice_try_result) return ::sluice::while_doing((doing), std::move(sluice_try_result.error())); \
    ::sluice::detail::take(sluice_try_result);                                                           \
  })
