// SPDX-License-Identifier: GPL-2.0-or-later
// Services of pods are sites of the front by themselves: SERVICE-POD-OWNER in its domain.
#include <fmt/format.h>
#include <netinet/in.h>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"

namespace sluice::config {
namespace {

constexpr size_t kLongestPodLabel = 63, kLongestPodHost = 253;   // RFC 1035

// What a name has that no label may have becomes a hyphen.
std::string label_of(std::string_view name) {
  std::string label(name);
  for (char& letter : label) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if ((letter < 'a' || letter > 'z') && (letter < '0' || letter > '9')) letter = '-';
  }
  return label;
}

// Empty: there is none, which has been said where somebody asked for it.
std::string host_of(const Node& access, const Pod& pod, const PodService& service, Draft& draft) {
  const std::string& domain = draft.front ? draft.front->value.domain : std::string();
  const std::string label =
      fmt::format("{}-{}-{}", label_of(service.name), label_of(pod.name), label_of(pod.owner));
  std::string host = fmt::format("{}.{}", label, domain);
  if (domain.empty())
    draft.complaints.say(access, "it has no name to be opened by", R"("front" with a "domain")");
  else if (pod.owner.empty())
    draft.complaints.say(access, "its name is made of the owner's, and the pod has none",
                         R"("owner" of the pod)");
  else if (service.protocol != IPPROTO_TCP)
    draft.complaints.say(access, "a site is HTTP, and the service UDP", "no such key");
  else if (label.size() > kLongestPodLabel || host.size() > kLongestPodHost || label.ends_with('-'))
    draft.complaints.say(access, fmt::format("{} is not the name of a host", quote(host)),
                         fmt::format("names of service, pod and owner of at most {} letters together, the "
                                     "last a letter or digit",
                                     kLongestPodLabel - 2));
  else
    return host;
  return {};
}

// Where nothing is said, the owner may, if he can be known.
bool is_for_owner(const Pod& pod, const PodService& service, const Draft& draft) {
  return draft.front && !draft.front->value.domain.empty() && draft.front->value.tokens &&
         !pod.owner.empty() && service.protocol == IPPROTO_TCP;
}

}   // namespace

void add_pod_site(const Node& node, const Node* access, const Pod& pod, const PodService& service,
                  Draft& draft) {
  if (!access && !is_for_owner(pod, service, draft)) return;
  Site site{.name = pod_service_name(pod.name, service.name), .pod = pod.name, .line = service.line};
  site.host = host_of(access ? *access : node, pod, service, draft);
  site.paths.push_back({"", site.name, false});
  if (access)
    read_pod_access(*access, pod.owner, site, draft);
  else
    site.users.push_back({pod.owner, std::nullopt});
  if (!site.host.empty()) draft.sites.push_back({std::move(site), &node});
}

}   // namespace sluice::config
