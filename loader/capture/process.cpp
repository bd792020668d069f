// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/process.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <csignal>
#include <utility>
#include <vector>

#include "capture/client.hpp"
#include "capture/drop_report.hpp"
#include "capture/log.hpp"
#include "capture/packet_lines.hpp"
#include "kernel/descriptors.hpp"
#include "kernel/nobody.hpp"
#include "kernel/perf_ring.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kAllRings = size_t{64} << 20;   // bytes of memory that stay locked
constexpr size_t kLargestRing = size_t{8} << 20, kSmallestRing = size_t{256} << 10;
constexpr uint32_t kWakeAt = 64 * 1024;   // bytes of a ring that wait
constexpr std::chrono::seconds kReportEach{1};
constexpr int kLookEach = 50;   // milliseconds: what has not filled a part of a ring waits so long
constexpr size_t kAtOnce = size_t{1} << 20;   // bytes of one ring, before those of the others
constexpr unsigned kCompileSeconds = 10;      // then a filter is too hard, and the process ends

// It makes rings before all else, and has no right after that. Debian's kernel asks for CAP_SYS_ADMIN there
// (kernel.perf_event_paranoid is 3). Its memory is not limited by what others have locked.
std::vector<std::string> properties() {
  auto all = properties_of({.right = "CAP_PERFMON CAP_SYS_ADMIN",
                            .files = static_cast<int>(kMostDescriptors) + 64,
                            .memory = "512M"});
  all.emplace_back("SystemCallFilter=perf_event_open capset");
  all.emplace_back("PrivateMounts=yes");
  all.emplace_back("ProcSubset=pid");
  all.emplace_back("LimitMEMLOCK=infinity");
  return all;
}

// What a signal handler may touch: whom to tell that his filter takes too long, and what.
int told_by_alarm = -1;
std::string words_of_alarm;

void on_alarm(int) {
  [[maybe_unused]] const auto sent =
      ::send(told_by_alarm, words_of_alarm.data(), words_of_alarm.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::_exit(1);
}

// Names of hosts are asked of DNS, and expressions may be hard.
void limit_compiling(const CaptureClient& client) {
  told_by_alarm = client.fd();
  words_of_alarm = refusal(
      Error{fmt::format("the filter takes longer than {} s: does it name hosts that DNS does not know?",
                        kCompileSeconds),
            ErrorKind::kUsage});
  std::signal(SIGALRM, on_alarm);
  ::alarm(kCompileSeconds);
}

// Byte by byte: nothing of what comes after it is taken.
Result<std::string> read_line(int socket) {
  std::string line;
  char byte = 0;
  while (line.size() < kLongestCaptureOrder) {
    if (::read(socket, &byte, 1) != 1) return fail("the daemon has ended");
    line += byte;
    if (byte == '\n') return line;
  }
  return fail("an order that is too long");
}

size_t ring_bytes(size_t count) {
  return std::clamp(std::bit_floor(kAllRings / std::max<size_t>(count, 1)), kSmallestRing, kLargestRing);
}

struct CpuRing {
  PerfRing ring;
  CapturePairs pairs;
};

Result<> hand_over(int daemon, const std::vector<PerfEvent>& events) {
  std::vector<int> fds;
  std::vector<uint32_t> cpus;
  for (const PerfEvent& event : events) {
    fds.push_back(event.fd.get());
    cpus.push_back(event.cpu);
  }
  TRY(send_descriptors(daemon, fds));
  const std::string line = encode_capture_cpus(cpus);
  if (::send(daemon, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
    return fail("the daemon has ended");
  return {};
}

// The daemon has packets written to them when it has sent the order, and is told that all is ready.
Result<std::vector<CpuRing>> make_rings(int daemon) {
  std::vector<PerfEvent> events = TRY(make_perf_events(kWakeAt));
  const size_t bytes = ring_bytes(events.size());
  std::vector<CpuRing> rings;
  TRY(hand_over(daemon, events));
  for (PerfEvent& event : events) rings.push_back({TRY(PerfRing::open(std::move(event.fd), bytes)), {}});
  return rings;
}

class Capture {
 public:
  Capture(int daemon, CaptureClient client, std::vector<CpuRing> rings)
      : daemon_(daemon), client_(std::move(client)), rings_(std::move(rings)) {}

  void run() {
    auto order = prepare();
    if (!order) return client_.refuse(order.error());
    wish_ = std::move(order->wish);
    auto selection = CaptureSelection::of(wish_);
    ::alarm(0);
    if (!selection) return client_.refuse(selection.error());
    if (wish_.report) client_.be_plain();
    if (!is_let_begin()) return;
    if (wish_.report) return report(*selection, DropReport(std::move(order->names)));
    if (wish_.lines) return tell(PacketLines(std::move(*selection), std::move(order->names), wish_.packets));
    CaptureLog log(std::move(*selection), std::move(order->names), wish_.snaplen, wish_.packets);
    if (client_.begin("application/x-pcapng") && client_.send(log.begin()))
      follow(log, [&](uint32_t cpu, const CapturedPacket& packet) { log.note(cpu, packet); });
  }

 private:
  Result<CaptureOrder> prepare() {
    const std::string line = TRY(read_line(daemon_));
    limit_compiling(client_);
    return decode_capture_order(line);
  }

  bool is_let_begin() {
    const std::string_view ready = kCaptureReady;
    if (::write(daemon_, ready.data(), ready.size()) != static_cast<ssize_t>(ready.size())) return false;
    const auto answer = read_line(daemon_);
    return answer && *answer == kCaptureGo;
  }

  void tell(PacketLines lines) {
    if (client_.begin("application/jsonl"))
      follow(lines, [&](uint32_t, const CapturedPacket& packet) { lines.note(packet); });
  }

  // Until it is over. `note` gives `log` a packet.
  template <class Log, class Note>
  void follow(Log& log, const Note& note) {
    const auto end = Clock::now() + std::chrono::seconds(wish_.seconds);
    const auto pass_on = [&] {
      read_rings(note);
      return client_.send(log.take(lost()));   // false: nobody hears it
    };
    std::string why;
    while (why.empty()) {
      why = wait(end);
      if (!pass_on()) return;
      if (why.empty()) why = reached(log.is_full());
    }
    for (size_t left = kLargestRing / kAtOnce; left > 0 && !log.is_full(); --left)   // what came until now
      if (!pass_on()) return;
    if (client_.send(log.end(lost(), why))) client_.end();
  }

  // Until nobody hears it any more.
  void report(const CaptureSelection& selection, DropReport drops) {
    auto due = Clock::now() + kReportEach;
    while (wait(Clock::time_point::max()).empty()) {
      read_rings([&](uint32_t, const CapturedPacket& packet) {
        if (selection.takes(packet.out.record)) drops.note(packet);
      });
      if (Clock::now() < due) continue;
      due = Clock::now() + kReportEach;
      if (!client_.send(drops.take(lost()))) return;
    }
  }

  // Why it is over; empty: it is not.
  std::string reached(bool is_full) const {
    if (is_full) return "as many packets as were asked for";
    if (client_.sent() < wish_.bytes) return {};
    return fmt::format("{} bytes were written, which was the most (--size)", client_.sent());
  }

  // The same.
  std::string wait(Clock::time_point end) {
    polled_.clear();
    polled_.push_back({.fd = client_.fd(), .events = POLLIN, .revents = 0});
    polled_.push_back({.fd = daemon_, .events = POLLIN, .revents = 0});
    for (const CpuRing& one : rings_)
      polled_.push_back({.fd = one.ring.fd(), .events = POLLIN, .revents = 0});
    ::poll(polled_.data(), polled_.size(), kLookEach);
    if (polled_[0].revents) return "whoever asked for it has enough";
    if (polled_[1].revents) return "sluiced ends";
    if (Clock::now() < end) return {};
    return fmt::format("{} s are over, which was the most (--seconds)", wish_.seconds);
  }

  template <class Note>
  void read_rings(const Note& note) {
    for (uint32_t cpu = 0; cpu < rings_.size(); ++cpu)
      rings_[cpu].ring.read(kAtOnce, [&](std::span<const std::byte> sample) {
        if (const auto packet = rings_[cpu].pairs.take(sample)) note(cpu, *packet);
      });
  }

  uint64_t lost() const {
    uint64_t all = 0;
    for (const CpuRing& one : rings_) all += one.ring.lost();
    return all;
  }

  const int daemon_;
  CaptureClient client_;
  std::vector<CpuRing> rings_;
  CaptureWish wish_;
  std::vector<pollfd> polled_;
};

}   // namespace

Result<> run_capture(int socket) try {
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<UniqueFd> fds = TRY(receive_descriptors(socket));
  if (fds.empty()) return fail("capture: nobody asks for it");
  CaptureClient client(std::move(fds.front()));
  auto rings = make_rings(socket);
  if (!rings) {
    client.refuse(rings.error());
    return std::unexpected(rings.error());
  }
  TRY(become_nobody());
  TRY(give_up_rights());   // that to make rings
  Capture(socket, std::move(client), std::move(*rings)).run();
  return {};
} catch (const std::exception& error) {
  return fail(std::string("capture: ") + error.what());
}

Result<Helper> start_capture_process(const std::string& instance, uint64_t number) {
  return start_helper(fmt::format("{}-{}", instance, number), kCaptureVerb, "Capture of packets, of sluice",
                      properties());
}

}   // namespace sluice
