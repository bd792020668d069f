// SPDX-License-Identifier: GPL-2.0-or-later
// sluice_kill_point REPORT N PID            kills a process that runs, before its N-th change
// sluice_kill_point REPORT N -- PROGRAM...  becomes the program, which is killed before its N-th change
//
// A change is a system call that changes the kernel or a file. The call itself is not made: the kernel has
// seen all calls before it and none behind it, as with `kill -9` at that moment. N 0 kills nothing: it
// counts, until SIGTERM or the end of the process. Children are not followed; threads are. REPORT gets
// "watching", and at the end one line: "killed at N: CALL", or "ended after N".
#include <elf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

namespace {

using Arguments = std::array<uint64_t, 6>;

struct Call {
  long number;
  Arguments arguments;
};

volatile sig_atomic_t stop_asked = 0;

void ask_to_stop(int) { stop_asked = 1; }

template <class T>
bool read_memory(pid_t pid, uint64_t address, T& value) {
  iovec local{&value, sizeof(value)}, remote{reinterpret_cast<void*>(address), sizeof(value)};
  return process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(sizeof(value));
}

std::string target_of(pid_t pid, uint64_t fd) {
  std::array<char, 4096> target;
  const std::string link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), target.data(), target.size());
  return {target.data(), size > 0 ? static_cast<size_t>(size) : 0};
}

// A socket or a file, and not what the process says (a log, a pipe, an event).
bool is_told_to_somebody(pid_t pid, uint64_t fd) {
  if (fd <= STDERR_FILENO) return false;
  const std::string target = target_of(pid, fd);
  return target.starts_with("/") || target.starts_with("socket:");
}

// A question changes nothing. (NLM_F_DUMP are the bits of REPLACE and EXCL, which nobody uses together.)
bool is_question(pid_t pid, uint64_t message) {
  nlmsghdr header{};
  return read_memory(pid, message, header) && (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP &&
         header.nlmsg_len >= sizeof(header) && header.nlmsg_len < 4096;
}

uint64_t first_buffer(pid_t pid, uint64_t message) {
  msghdr header{};
  iovec buffer{};
  if (!read_memory(pid, message, header) ||
      !read_memory(pid, reinterpret_cast<uint64_t>(header.msg_iov), buffer))
    return 0;
  return reinterpret_cast<uint64_t>(buffer.iov_base);
}

const char* changing_bpf(uint64_t command) {
  switch (command) {
    case BPF_MAP_CREATE: return "bpf(MAP_CREATE)";
    case BPF_MAP_UPDATE_ELEM: return "bpf(MAP_UPDATE_ELEM)";
    case BPF_MAP_DELETE_ELEM: return "bpf(MAP_DELETE_ELEM)";
    case BPF_MAP_LOOKUP_AND_DELETE_ELEM: return "bpf(MAP_LOOKUP_AND_DELETE_ELEM)";
    case BPF_MAP_UPDATE_BATCH: return "bpf(MAP_UPDATE_BATCH)";
    case BPF_MAP_DELETE_BATCH: return "bpf(MAP_DELETE_BATCH)";
    case BPF_PROG_LOAD: return "bpf(PROG_LOAD)";
    case BPF_PROG_TEST_RUN: return "bpf(PROG_TEST_RUN)";
    case BPF_OBJ_PIN: return "bpf(OBJ_PIN)";
    case BPF_PROG_ATTACH: return "bpf(PROG_ATTACH)";
    case BPF_PROG_DETACH: return "bpf(PROG_DETACH)";
    case BPF_LINK_CREATE: return "bpf(LINK_CREATE)";
    case BPF_LINK_UPDATE: return "bpf(LINK_UPDATE)";
    case BPF_LINK_DETACH: return "bpf(LINK_DETACH)";
    default: return nullptr;
  }
}

const char* changing_file(const Call& call) {
  const uint64_t flags = call.arguments[2];
  switch (call.number) {
    case SYS_openat: return flags & (O_CREAT | O_TRUNC) ? "openat(O_CREAT)" : nullptr;
    case SYS_fsync: return "fsync";
    case SYS_fdatasync: return "fdatasync";
    case SYS_ftruncate: return "ftruncate";
    case SYS_fallocate: return "fallocate";
    case SYS_fchmod: return "fchmod";
    case SYS_fchmodat: return "fchmodat";
    case SYS_mkdirat: return "mkdirat";
    case SYS_unlinkat: return "unlinkat";
    case SYS_renameat2: return "renameat2";
    case SYS_linkat: return "linkat";
#ifdef SYS_rename   // older numbers, which newer machines never had
    case SYS_rename: return "rename";
    case SYS_mkdir: return "mkdir";
    case SYS_rmdir: return "rmdir";
    case SYS_unlink: return "unlink";
    case SYS_chmod: return "chmod";
    case SYS_open: return call.arguments[1] & (O_CREAT | O_TRUNC) ? "open(O_CREAT)" : nullptr;
    case SYS_fork: return "fork";
    case SYS_vfork: return "vfork";
#endif
    default: return nullptr;
  }
}

const char* changing_process(const Call& call) {
  switch (call.number) {
    case SYS_setns: return "setns";
    case SYS_unshare: return "unshare";
    case SYS_mount: return "mount";
    case SYS_umount2: return "umount2";
    case SYS_clone: return "clone";
    case SYS_clone3: return "clone3";
    case SYS_kill: return "kill";
    default: return nullptr;
  }
}

// The name of a change; null: it is none.
const char* change_of(pid_t pid, const Call& call) {
  const Arguments& a = call.arguments;
  switch (call.number) {
    case SYS_bpf: return changing_bpf(a[0]);
    case SYS_write:
    case SYS_writev: return is_told_to_somebody(pid, a[0]) ? "write" : nullptr;
    case SYS_pwrite64: return "pwrite64";
    case SYS_sendto: return is_question(pid, a[1]) ? nullptr : "sendto";
    case SYS_sendmsg: return is_question(pid, first_buffer(pid, a[1])) ? nullptr : "sendmsg";
    case SYS_sendmmsg: return "sendmmsg";
    case SYS_ioctl: return a[1] == FIONREAD || a[1] == FIONBIO || a[1] == TCGETS ? nullptr : "ioctl";
    default: break;
  }
  const char* name = changing_file(call);
  return name ? name : changing_process(call);
}

class Watcher {
 public:
  Watcher(pid_t pid, uint64_t at, FILE* report) : pid_(pid), at_(at), report_(report) {}

  bool begin() {
    constexpr uintptr_t kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE;
    if (ptrace(PTRACE_SEIZE, pid_, nullptr, kOptions) != 0) return false;
    ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr);
    return true;
  }

  // Until the process is gone, or somebody asks for the end.
  void watch() {
    for (;;) {
      int status = 0;
      const pid_t thread = waitpid(-1, &status, __WALL);
      if (thread < 0 && errno == EINTR && stop_asked) return leave();
      if (thread < 0 && errno == ECHILD) return tell_end();
      if (thread < 0) continue;
      if (WIFSTOPPED(status)) go_on(thread, status);
      if (stop_asked) return leave();
    }
  }

 private:
  void go_on(pid_t thread, int status) {
    const int sig = WSTOPSIG(status), event = status >> 16;
    if (sig == (SIGTRAP | 0x80)) look_at(thread);
    if (!watching_told_) tell_watching();
    const bool delivered = event == 0 && sig != (SIGTRAP | 0x80);
    ptrace(PTRACE_SYSCALL, thread, nullptr, static_cast<uintptr_t>(delivered ? sig : 0));
  }

  void look_at(pid_t thread) {
    __ptrace_syscall_info info{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY || killed_)
      return;
    Call call{static_cast<long>(info.entry.nr), {}};
    std::copy_n(info.entry.args, call.arguments.size(), call.arguments.begin());
    const char* name = change_of(pid_, call);
    if (!name) return;
    ++seen_[name];
    if (++count_ != at_) return;
    killed_ = true;
    std::fprintf(report_, "killed at %lu: %s\n", count_, name);
    std::fflush(report_);
    kill(pid_, SIGKILL);
  }

  void tell_watching() {
    watching_told_ = true;
    std::fprintf(report_, "watching\n");
    std::fflush(report_);
  }

  void tell_end() {
    if (killed_) return;
    std::fprintf(report_, "ended after %lu:", count_);
    for (const auto& [name, times] : seen_) std::fprintf(report_, " %s=%lu", name.c_str(), times);
    std::fprintf(report_, "\n");
    std::fflush(report_);
  }

  // The kernel lets go of who is traced when its tracer ends.
  void leave() { tell_end(); }

  pid_t pid_;
  uint64_t at_, count_ = 0;
  FILE* report_;
  std::map<std::string, uint64_t> seen_;
  bool killed_ = false, watching_told_ = false;
};

int watch(pid_t pid, uint64_t at, FILE* report) {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;   // without SA_RESTART: waitpid() is to end
  sigaction(SIGTERM, &action, nullptr);
  Watcher watcher(pid, at, report);
  if (!watcher.begin()) return std::perror("watch the process"), 1;
  watcher.watch();
  return 0;
}

// The child watches its parent, which becomes the program when it is watched.
int become(char** program, uint64_t at, FILE* report) {
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) return std::perror("pipe"), 1;
  const pid_t parent = getpid(), child = fork();
  if (child < 0) return std::perror("fork"), 1;
  if (child == 0) {
    setsid();
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    sigaction(SIGTERM, &action, nullptr);
    Watcher watcher(parent, at, report);
    if (!watcher.begin()) _exit(1);
    close(ready[0]);
    close(ready[1]);
    watcher.watch();
    _exit(0);
  }
  close(ready[1]);
  char none;
  (void)!read(ready[0], &none, 1);
  execv(program[0], program);
  return std::perror(program[0]), 1;
}

}   // namespace

int main(int argc, char** argv) {
  if (argc < 4) return std::fputs("sluice_kill_point REPORT N PID | REPORT N -- PROGRAM...\n", stderr), 2;
  FILE* report = std::fopen(argv[1], "we");
  if (!report) return std::perror(argv[1]), 1;
  const uint64_t at = std::strtoull(argv[2], nullptr, 10);
  if (std::string_view(argv[3]) == "--" && argc > 4) return become(argv + 4, at, report);
  return watch(static_cast<pid_t>(std::atoi(argv[3])), at, report);
}
