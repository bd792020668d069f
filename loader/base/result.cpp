// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/result.hpp"

#include <cerrno>
#include <cstring>

namespace sluice {

std::unexpected<Error> fail_errno(std::string_view text, int errnum) {
  const bool denied = errnum == EPERM || errnum == EACCES;
  return fail(std::string(text) + ": " + std::strerror(errnum),
              denied ? ErrorKind::kNotPermitted : ErrorKind::kFailed);
}

}   // namespace sluice
