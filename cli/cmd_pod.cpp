// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice pod add` and `pod remove`: edits of the document in force. `pod show` and `pod exec`: what a pod
// is, and a program in its namespace.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "api/router.hpp"
#include "api/target.hpp"
#include "base/unique_fd.hpp"
#include "cli/arguments.hpp"
#include "cli/change_request.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/in_turn.hpp"
#include "cli/report.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

json pod_request(const Arguments& arguments) {
  json body = {{"name", arguments.operands[0]}};
  for (const char* field : {"owner", "bandwidth", "egress"}) put_value(body, field, arguments, field);
  put_list(body, "services", arguments, "service");
  put_list(body, "publish", arguments, "publish");
  put_list(body, "ingress", arguments, "ingress");
  put_list(body, "prefixes", arguments, "prefix");
  put_list(body, "ports", arguments, "port");
  put_author(body, arguments);
  return body;
}

// As the daemon tells it; kUsage: there is no such pod.
ApiResult fetch_pod(const Call& call) {
  const std::string& name = call.arguments.operands[0];
  json answer = TRY(call.client.get("/v1/show/pods"));
  for (json& pod : answer.at("pods"))
    if (pod.at("name") == name) {
      pod["schema_version"] = kSchemaVersion;
      return std::move(pod);
    }
  return std::unexpected(ApiError(Error{fmt::format("there is no pod \"{}\"", name), ErrorKind::kUsage}));
}

Error trouble(std::string_view what) { return fail_errno(what, errno).error(); }

// Names are asked for at the gateway's end of the pod. Nobody but the program sees it.
Result<> show_resolver(const std::string& gateway) {
  constexpr const char* kConfig = "/etc/resolv.conf";
  if (::access(kConfig, F_OK) != 0) return {};   // nobody here asks for names
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
    return std::unexpected(trouble("have mounts of its own"));
  char path[] = "/tmp/sluice-resolv-XXXXXX";
  const UniqueFd file(::mkostemp(path, O_CLOEXEC));
  const std::string text = fmt::format("nameserver {}\n", gateway);
  if (!file || ::fchmod(file.get(), 0644) != 0 ||
      ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return std::unexpected(trouble(fmt::format("write {}", path)));
  const bool bound = ::mount(path, kConfig, nullptr, MS_BIND, nullptr) == 0;
  const Error why = bound ? Error{} : trouble(fmt::format("put {} in place", kConfig));
  ::unlink(path);   // it lives on in its other place
  return bound ? Result<>() : std::unexpected(why);
}

}   // namespace

Outcome run_pod_add(Call& call) {
  return change_in_turn(call, [&] { return call.client.post("/v1/pods", pod_request(call.arguments)); });
}

Outcome run_pod_remove(Call& call) {
  return change_in_turn(
      call, [&] { return call.client.remove("/v1/pods/" + encode_segment(call.arguments.operands[0])); });
}

Outcome run_pod_show(Call& call) {
  const View view{
      .fetch = [&] { return fetch_pod(call); },
      .table = [&](const json& pod,
                   const Look& look) { return render_table(columns_of("pods"), json::array({pod}), look); }};
  TRY(report(call, view));
  return kExitDone;
}

// The program takes the place of this process, so its exit status is the verb's.
Outcome run_pod_exec(Call& call) {
  const json pod = TRY(fetch_pod(call));
  const std::string path = "/run/netns/" + pod.at("namespace").get<std::string>();
  const UniqueFd space(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!space) return std::unexpected(ApiError(fail_errno("open " + path, errno).error()));
  if (::setns(space.get(), CLONE_NEWNET) != 0)
    return std::unexpected(ApiError(fail_errno("enter " + path, errno).error()));
  TRY(show_resolver(pod.at("gateway").get<std::string>()));
  std::vector<char*> words;
  for (auto word = call.arguments.operands.begin() + 1; word != call.arguments.operands.end(); ++word)
    words.push_back(const_cast<char*>(word->c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  return std::unexpected(ApiError(fail_errno(fmt::format("run {}", words[0]), errno).error()));
}

}   // namespace sluice::cli
