// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon.hpp"

#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>

#include "api/server.hpp"
#include "daemon/confirmation_follower.hpp"
#include "daemon/event_follower.hpp"
#include "daemon/followers.hpp"
#include "daemon/look_pace.hpp"
#include "daemon/service.hpp"
#include "daemon/standing_timer.hpp"
#include "daemon/take_up.hpp"
#include "daemon/watchdog.hpp"
#include "kernel/netlink/monitor.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kFdbSettle{20};                       // messages come in bursts
constexpr std::chrono::milliseconds kRetryFirst{100}, kRetryLast{5000};   // twice as long each time
// Each look at who is behind which remote lists them all, and one remote can invent very many.
constexpr std::chrono::seconds kFdbAtMost{1};
// The wall clock may be set meanwhile.
constexpr std::chrono::seconds kTimesAtMost{60};
constexpr Change kLook{.links = true};   // nobody tells when somebody takes a filter off a device

class Daemon {
 public:
  Daemon(Gateway& gateway, Monitor monitor, std::optional<std::filesystem::path> config)
      : gateway_(gateway),
        config_(std::move(config)),
        monitor_(std::move(monitor)),
        service_(
            gateway, [this] { after_apply(); }, [this] { followers_.reach().give_back(); },
            [this] { leave(); },
            [this](Watched what, bool now) {
              return what == Watched::kFlows ? reports_.listen(now) : followers_.watch(what, now);
            },
            [this](const TopQuery& query) { return followers_.top(query); },
            [this](const CaptureRequest& wanted) { return followers_.captures().capture(wanted); },
            [this] { return followers_.flow_counter().metrics(); },
            [this] { followers_.reach().look_again(); }),
        reports_(io_, gateway),
        signals_(io_, SIGTERM, SIGINT),
        hang_up_(io_, SIGHUP),
        events_(io_, ::dup(monitor_.fd())),
        table_events_(io_),
        settle_(io_),
        retry_(io_),
        fdb_timer_(io_),
        times_timer_(io_),
        gc_timer_(io_),
        watchdog_(io_),
        followers_(
            io_, gateway, service_, [this] { note(kLook); }, [this] { after_apply(); }),
        confirmations_(io_, gateway, [this] { after_apply(); }) {
    service_.follow(followers_.cluster());
    gateway_.tell([this] { asio::post(io_, [this] { note(kLook); }); });
  }
  ~Daemon() { gateway_.tell({}); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  Result<> serve(const std::filesystem::path& socket) {
    server_ = TRY(Server::start(io_, socket, service_));
    return {};
  }

  void run() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      spdlog::info("signal {}: ending; traffic goes on", number);
      stop();
    });
    await_hang_up();
    await_events();
    if (const int fd = gateway_.table_changes_fd(); fd >= 0) {
      table_events_.assign(::dup(fd));
      await_table_events();
    }
    after_apply();
    spdlog::info("ready");
    sd_notify(0, "READY=1");
    watchdog_.start();
    io_.run();
  }

 private:
  void await_hang_up() {
    hang_up_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      reload();
      await_hang_up();
    });
  }

  // A document that cannot be put in force changes nothing.
  void reload() {
    if (followers_.cluster().joined())
      return spdlog::warn("SIGHUP: this gateway is a node of a cluster: use `sluice apply`");
    if (!config_) return spdlog::warn("SIGHUP: there is no --config to read again");
    if (const auto applied = apply_file(gateway_, *config_, "SIGHUP"); !applied)
      return spdlog::error("SIGHUP: {}", applied.error().message);
    spdlog::info("SIGHUP: revision {} is in force", gateway_.revision());
    after_apply();
    tell_degraded();
  }

  void await_events() {
    events_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                         if (error) return;
                         hear(monitor_.drain().value_or(Change::everything()));
                         await_events();
                       });
  }

  // Rules that somebody takes away are put back at once: what forwards without them forwards everything.
  void await_table_events() {
    table_events_.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this](const boost::system::error_code& error) {
                               if (error) return;
                               if (gateway_.hear_table_changes().value_or(true)) note(kLook);
                               await_table_events();
                             });
  }

  void hear(Change seen) {
    if (std::exchange(seen.fdb, false)) note_fdb();
    pace_.hear(seen, std::chrono::steady_clock::now());
    await_look();
  }

  void note(const Change& change) {
    pace_.hear_others(change, std::chrono::steady_clock::now());
    await_look();
  }

  void await_look() {
    settle_.expires_at(pace_.due(gateway_.known().edited()));
    settle_.async_wait([this](const boost::system::error_code& error) {
      if (!error) react();
    });
  }

  void note_fdb() {
    if (std::exchange(fdb_noted_, true)) return;
    const auto now = std::chrono::steady_clock::now();
    fdb_timer_.expires_at(std::max(now + kFdbSettle, fdb_seen_ + kFdbAtMost));
    fdb_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) look_at_fdb();
    });
  }

  void look_at_fdb() {
    fdb_noted_ = false;
    fdb_seen_ = std::chrono::steady_clock::now();
    if (const auto done = gateway_.reconcile({.fdb = true}); !done)
      spdlog::error("look who is behind which remote: {}", done.error().message);
  }

  void react() {
    const Change change = pace_.take(std::chrono::steady_clock::now(), gateway_.known().edited());
    await_look();   // for what is put off
    if (!change.any()) return;
    const auto steps = gateway_.reconcile(change);
    if (!steps) return try_again(change, steps.error());
    if (failed_.links && !change.links) return;   // less was tried than what failed
    gateway_.tell_trouble(Gateway::Trouble::kRepair, "");
    failed_ = {};
    retry_after_ = kRetryFirst;
    for (const std::string& step : *steps) spdlog::info("the machine changed: {}", step);
    await_times();
    reports_.look_again();
    followers_.look_again();
    tell_degraded();
  }

  // A device that comes and goes, a kernel that is busy: what failed is tried again, soon at first, and told
  // once. All that failed since it last went well: another change may fail before this one is tried.
  void try_again(const Change& change, const Error& error) {
    const std::string trouble = "put the machine right: " + error.message;
    if (gateway_.tell_trouble(Gateway::Trouble::kRepair, trouble)) spdlog::error("{}", trouble);
    add(failed_, change);
    retry_.expires_after(retry_after_);
    retry_after_ = std::min(2 * retry_after_, kRetryLast);
    retry_.async_wait([this](const boost::system::error_code& stopped) {
      if (!stopped) note(failed_);
    });
  }

  void tell_degraded() {
    if (gateway_.degraded() == told_degraded_) return;
    told_degraded_ = gateway_.degraded();
    for (const std::string& text : told_degraded_) spdlog::warn("{}", text);
    if (told_degraded_.empty()) spdlog::info("everything that the document names is there");
  }

  void after_apply() {
    reports_.look_again();
    followers_.look_again();
    confirmations_.look_again();
    await_times();
    await_gc();
  }

  void await_times() {
    const auto left = gateway_.time_until_end();
    times_timer_.cancel();
    if (!left) return;
    times_timer_.expires_after(std::min<std::chrono::milliseconds>(*left, kTimesAtMost));
    times_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) note(kLook);
    });
  }

  // An apply may make the timeouts shorter; however often something changes, idle flows end.
  void await_gc() {
    gc_timer_.await(gateway_.gc_interval(), [this] {
      if (gateway_.blocked() || gateway_.held()) try_to_resume();
      if (const auto ended = gateway_.gc(); !ended)
        spdlog::error("end idle flows: {}", ended.error().message);
      note(kLook);
      await_gc();
    });
  }

  // What stopped the document may have passed.
  void try_to_resume() {
    if (gateway_.resume() && gateway_.current()) spdlog::info("revision {} is in force", gateway_.revision());
    tell_degraded();
  }

  // After a cleanup: the answer goes out first.
  void leave() {
    reports_.stop();
    followers_.stop();
    confirmations_.stop();
    for (asio::steady_timer* timer : {&settle_, &retry_, &fdb_timer_, &times_timer_}) timer->cancel();
    gc_timer_.cancel();
    hang_up_.cancel();
    watchdog_.stop();
    events_.cancel();
    table_events_.cancel();
    server_->finish([this] { stop(); });
  }

  void stop() {
    sd_notify(0, "STOPPING=1");
    server_->stop();
    io_.stop();
  }

  asio::io_context io_{1};
  Gateway& gateway_;
  const std::optional<std::filesystem::path> config_;
  Monitor monitor_;
  GatewayService service_;
  EventFollower reports_;
  asio::signal_set signals_, hang_up_;
  asio::posix::stream_descriptor events_, table_events_;
  asio::steady_timer settle_, retry_, fdb_timer_, times_timer_;
  StandingTimer gc_timer_;
  Watchdog watchdog_;
  Followers followers_;
  ConfirmationFollower confirmations_;
  std::chrono::steady_clock::time_point fdb_seen_{};
  bool fdb_noted_ = false;
  std::unique_ptr<Server> server_;
  LookPace pace_;
  Change failed_;
  std::chrono::milliseconds retry_after_ = kRetryFirst;
  std::vector<std::string> told_degraded_;
};

}   // namespace

Result<> run_daemon(const DaemonOptions& options) {
  // Before the first look at the machine, so that no change after it goes unseen.
  Monitor monitor = TRY(Monitor::open());
  const auto gateway = TRY(Gateway::open({options.state, options.pins, options.revisions_kept}));
  Daemon daemon(*gateway, std::move(monitor), options.config);
  TRY(daemon.serve(options.socket));   // before the machine is changed: another daemon may answer there
  TRY(take_up_document(*gateway, options));
  daemon.run();
  return {};
}

}   // namespace sluice
