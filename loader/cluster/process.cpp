// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/process.hpp"

#include <boost/asio/io_context.hpp>
#include <utility>

#include "cluster/session.hpp"
#include "cluster/wire.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;

const HelperLimits kLimitsOfCluster{.right = "", .files = 256, .memory = "512M"};

class ClusterTalk {
 public:
  ClusterTalk(asio::io_context& io, int socket)
      : daemon_(io, socket, kLongestClusterLine),
        session_(io, [this](const ClusterNews& news) { tell(news); }) {
    daemon_.hear([this](const std::string& line) { return heed(line); },
                 [this, &io] { session_.leave([&io] { io.stop(); }); });
  }

 private:
  bool heed(const std::string& line) {
    auto request = decode_cluster_request(line);
    if (request) session_.heed(std::move(*request));
    return request.has_value();
  }

  void tell(const ClusterNews& news) {
    daemon_.say(encode_cluster_news(news, told_));
    if (const auto* view = std::get_if<ClusterView>(&news)) told_ = *view;
    const auto* trouble = std::get_if<ClusterTrouble>(&news);
    if (trouble && !trouble->why.empty()) told_ = {};   // and so the daemon forgets it
  }

  DaemonLink daemon_;
  ClusterSession session_;
  ClusterView told_;
};

}   // namespace

Result<> run_cluster(int socket) { return serve_helper<ClusterTalk>({.name = "cluster"}, socket); }

Result<Helper> start_cluster_process(const std::string& instance) {
  return start_helper(instance, kClusterVerb, "Cluster of sluice, by etcd", properties_of(kLimitsOfCluster));
}

}   // namespace sluice
