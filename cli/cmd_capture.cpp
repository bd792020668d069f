// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice capture`: packets as they came and as they left, as pcapng. What is wanted the daemon decides, and
// the stream is its as well; it is only written here.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/unique_fd.hpp"
#include "cli/arguments.hpp"
#include "cli/capture_totals.hpp"
#include "cli/capture_wish.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"

namespace sluice::cli {
namespace {

// What a signal handler may touch: the connection, by which the daemon hears that this is enough.
std::atomic<int> connection{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void on_end_asked(int) {
  const int before = errno;
  ::shutdown(connection, SHUT_WR);
  errno = before;
}

// The first signal asks for the end of the stream, which comes; the second one ends the process.
void end_by_signals(int fd) {
  connection = fd;
  struct sigaction action {};
  action.sa_handler = on_end_asked;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

// Where it goes: a file that only its owner reads, or standard output.
class Sink {
 public:
  static Result<Sink> open(const Arguments& arguments, Console& console) {
    const std::string name = arguments.value("pcapng", "-");
    if (name == "-" && console.is_terminal())
      return fail("capture: say where it goes: -w FILE, or -w - into a program such as `tshark -i -`",
                  ErrorKind::kUsage);
    if (name == "-") return Sink(console, nullptr, UniqueFd());
    UniqueFd file(::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return fail_errno("write " + name, errno);
    const int fd = file.get();
    return Sink(console, std::make_unique<Console>(console.in_fd(), fd, fd), std::move(file));
  }

  // What was in a file before: not sooner, because the capture may be refused. Pipes have nothing of that.
  void clear() {
    if (fd_) (void)::ftruncate(fd_.get(), 0);
  }
  bool write(std::string_view piece) {
    Console& to = file_ ? *file_ : *console_;
    to.out(piece);
    return !to.reader_gone() && to.result();
  }
  const Result<>& result() const { return file_ ? file_->result() : console_->result(); }

 private:
  Sink(Console& console, std::unique_ptr<Console> file, UniqueFd fd)
      : console_(&console), fd_(std::move(fd)), file_(std::move(file)) {}
  Console* console_;
  UniqueFd fd_;
  std::unique_ptr<Console> file_;   // null: standard output
};

std::string count_of_packets(uint64_t count) {
  return fmt::format("{} packet{}", count, count == 1 ? "" : "s");
}

void tell_totals(Console& console, const CaptureTotals& read) {
  if (!read.totals()) return;
  const auto& totals = *read.totals();
  console.err(fmt::format("capture: {}, {} lost; ended: {}", count_of_packets(totals.packets), totals.lost,
                          totals.why));
}

}   // namespace

Outcome run_capture(Call& call) {
  const nlohmann::json wish = TRY(capture_wish(call.arguments));
  Sink sink = TRY(Sink::open(call.arguments, call.console));
  CaptureTotals totals;
  bool begun = false;
  const auto ended = call.client.follow(
      "/v1/capture", wish,
      [&](std::string_view piece) {
        if (!std::exchange(begun, true)) {
          sink.clear();
          call.console.err("capture: it has begun; Ctrl-C ends it");
        }
        totals.read(piece);
        return sink.write(piece);
      },
      end_by_signals);
  if (!sink.result()) return std::unexpected(ApiError(sink.result().error()));
  TRY(ended);
  tell_totals(call.console, totals);
  return kExitDone;
}

}   // namespace sluice::cli
