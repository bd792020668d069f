// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/passphrase.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "base/file.hpp"
#include "base/unique_fd.hpp"
#include "cli/arguments.hpp"

namespace sluice::cli {
namespace {

constexpr size_t kLongest = 4096;   // bytes

// The terminal without echo for as long as it lives. Ctrl-C ends the program, and the shell puts it back.
class Silence {
 public:
  explicit Silence(int fd) : fd_(fd), is_terminal_(::tcgetattr(fd, &before_) == 0) {
    if (!is_terminal_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd, TCSAFLUSH, &quiet);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    if (is_terminal_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }

 private:
  int fd_;
  termios before_{};
  bool is_terminal_;
};

void say(int fd, std::string_view text) { (void)!::write(fd, text.data(), text.size()); }

Result<std::string> read_line(int fd) {
  std::string line;
  for (char letter = 0; line.size() <= kLongest;) {
    const ssize_t got = ::read(fd, &letter, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read the passphrase", errno);
    if (got == 0 || letter == '\n') return line;
    line += letter;
  }
  return fail(fmt::format("the passphrase has more than {} bytes", kLongest), ErrorKind::kUsage);
}

Result<std::string> ask(int fd, std::string_view question) {
  const Silence silence(fd);
  say(fd, question);
  auto line = read_line(fd);
  say(fd, "\n");
  return line;
}

Result<std::string> ask_on_terminal(bool is_new) {
  const UniqueFd fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!fd)
    return fail(
        "there is no terminal to ask for a passphrase: --passphrase-file names a file with one, and so may "
        "SLUICE_PASSPHRASE",
        ErrorKind::kUsage);
  std::string passphrase = TRY(ask(fd.get(), "Passphrase of the backup: "));
  if (is_new && TRY(ask(fd.get(), "The same again: ")) != passphrase)
    return fail("the two passphrases differ", ErrorKind::kUsage);
  return passphrase;
}

Result<std::string> read_passphrase_file(const std::string& name) {
  std::string text = TRY(read_file_or_pipe(name, kLongest + 2));
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Result<std::string> find_passphrase(const Call& call, bool is_new) {
  if (call.arguments.has("passphrase-file"))
    return read_passphrase_file(call.arguments.value("passphrase-file"));
  if (const char* given = std::getenv("SLUICE_PASSPHRASE"); given && *given) return std::string(given);
  return ask_on_terminal(is_new);
}

}   // namespace

Result<std::string> passphrase_of(const Call& call, bool is_new) {
  auto passphrase = TRY(find_passphrase(call, is_new));
  if (passphrase.empty()) return fail("an empty passphrase keeps nothing secret", ErrorKind::kUsage);
  return passphrase;
}

}   // namespace sluice::cli
