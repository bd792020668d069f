// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/console.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace sluice::cli {
namespace {

bool wants_colour() {
  const char* forbidden = std::getenv("NO_COLOR");   // no-color.org: any value but the empty one
  const char* terminal = std::getenv("TERM");
  return !(forbidden && *forbidden) && terminal && std::string_view(terminal) != "dumb";
}

// 0 or an errno. A descriptor that somebody else made non-blocking is waited for.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}   // namespace

Console::Console(int in, int out, int err)
    : in_(in),
      out_(out),
      err_(err),
      is_terminal_(::isatty(out) == 1),
      colour_(is_terminal_ && wants_colour()) {}

void Console::out(std::string_view text) {
  if (reader_gone_ || !result_) return;
  const int error = write_all(out_, text);
  if (error == EPIPE)
    reader_gone_ = true;
  else if (error != 0)
    result_ = fail_errno("write to standard output", error);
}

void Console::err(std::string_view line) {
  std::string text(line);
  if (!text.ends_with('\n')) text += '\n';
  write_all(err_, text);   // nobody could be told of a failure
}

}   // namespace sluice::cli
