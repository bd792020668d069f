// SPDX-License-Identifier: GPL-2.0-or-later
// What the control socket asks of the daemon. The router checks the form of a request before it calls;
// the answers are the JSON objects of docs/api.md without `schema_version`, which the router adds.
#pragma once

#include "api/service_values.hpp"

namespace sluice {

class Service {
 public:
  virtual ~Service() = default;

  virtual Result<nlohmann::json> status() = 0;
  // `what` is one of kShowObjects (api/router.hpp); the answer holds one list by that name.
  virtual Result<nlohmann::json> show(std::string_view what) = 0;
  // The same list in pieces, which is asked for first; null: show() has it. The daemon does other things
  // between two of them.
  virtual Result<std::unique_ptr<RowReader>> rows(std::string_view what) = 0;
  // What is counted, in the text format of Prometheus.
  virtual Result<std::string> metrics() = 0;
  // A part of what somebody who helps wants to see, without secrets: {"files": {NAME: TEXT}, "notes": []}.
  virtual Result<nlohmann::json> bundle(std::string_view part) = 0;
  virtual Result<std::unique_ptr<RowReader>> bundle_journal() = 0;
  virtual Result<nlohmann::json> explain(const ExplainRequest& packet) = 0;
  // `resolved`: with what its networks and pods were allotted.
  virtual Result<nlohmann::json> document(const RevisionName& revision, bool resolved) = 0;
  virtual ApiResult plan(const DocumentText& document) = 0;
  virtual ApiResult apply(DocumentText document) = 0;
  virtual ApiResult confirm(const RevisionChange& change) = 0;   // of the one that waits
  virtual ApiResult roll_back(const RevisionChange& change) = 0;
  virtual Result<nlohmann::json> history(int64_t limit) = 0;
  // All that the gateway is, with its secret keys.
  virtual Result<nlohmann::json> backup() = 0;
  virtual ApiResult restore(RestoreRequest request) = 0;
  virtual Result<nlohmann::json> diff(const RevisionName& before, const RevisionName& after) = 0;
  virtual ApiResult add_forward(const ForwardRequest& forward) = 0;
  virtual ApiResult remove_forward(std::string_view name, std::string_view who) = 0;
  virtual ApiResult drain_backend(const DrainRequest& backend) = 0;
  virtual ApiResult add_network(const NetworkRequest& network) = 0;
  virtual ApiResult remove_network(std::string_view name, std::string_view who) = 0;
  virtual ApiResult add_pod(const PodRequest& pod) = 0;
  virtual ApiResult remove_pod(std::string_view name, std::string_view who) = 0;
  virtual ApiResult add_relay_client(const RelayClientRequest& client) = 0;
  virtual ApiResult remove_relay_client(std::string_view name, std::string_view who) = 0;
  // What the client's gateway is given; nothing in it is secret.
  virtual Result<nlohmann::json> relay_config(std::string_view name) = 0;
  // What the gateway's sshd is to be told: a part of sshd_config(5).
  virtual Result<nlohmann::json> ssh_config() = 0;
  // The public key by which this gateway calls its relays. The pair is made where there is none.
  virtual Result<nlohmann::json> reachability_key() = 0;
  // Twice the same answers the same.
  virtual ApiResult attach_container(const ContainerRequest& container) = 0;
  virtual ApiResult detach_container(const ContainerName& container) = 0;   // also of one that is none
  virtual Result<nlohmann::json> missing_of_container(const ContainerName& container) = 0;
  virtual ApiResult add_endpoint(const EndpointRequest& endpoint) = 0;
  virtual ApiResult remove_endpoint(const EndpointName& endpoint) = 0;
  virtual ApiResult set_endpoint(const EndpointName& endpoint, bool disabled) = 0;
  // From then on the client alone has its private key.
  virtual ApiResult forget_endpoint(const EndpointName& endpoint) = 0;
  // The old key is let in until the new one is heard.
  virtual ApiResult rotate_endpoint(const KeyChange& change) = 0;
  virtual ApiResult import_endpoints(const EndpointTable& endpoints) = 0;
  // What the client is given, with its private key where the gateway keeps it. No other answers than this
  // one, the next two and backup() have a secret. `version` 0: the newest. Of an earlier one the secrets are
  // not kept.
  virtual Result<nlohmann::json> endpoint_config(const EndpointName& endpoint, uint32_t version) = 0;
  // A code of it for the cameras of phones.
  virtual Result<nlohmann::json> endpoint_qr(const EndpointName& endpoint) = 0;
  // The same for a gateway that runs sluice; its keys are beside the text.
  virtual Result<nlohmann::json> endpoint_document(const EndpointName& endpoint) = 0;
  // What `sluice connect` takes (network/connect_file.hpp).
  virtual Result<nlohmann::json> endpoint_connect(const EndpointName& endpoint) = 0;
  virtual Result<nlohmann::json> endpoint_history(const EndpointName& endpoint) = 0;
  // Lines of JSON as something happens. With `now` first how all of it is, where it has a state.
  virtual Result<std::shared_ptr<Feed>> watch(Watched what, bool now) = 0;
  // Lines of JSON, one for each look.
  virtual Result<std::shared_ptr<Feed>> top(const TopQuery& query) = 0;
  virtual Result<nlohmann::json> end_flow(const FlowName& flow) = 0;
  // Packets as pcapng, for as long as the connection lasts that the answer is given.
  virtual Result<HandOver> capture(const CaptureRequest& wanted) = 0;
  // The configuration of HAProxy. Failure: there is no front.
  virtual Result<nlohmann::json> front_config() = 0;
  // It is begun: `show certificates` says what became of it.
  virtual Result<nlohmann::json> order_certificate(const CertificateRequest& request) = 0;
  // How this machine is reached behind somebody else's NAT.
  virtual Result<nlohmann::json> device_status() = 0;
  // Routers and servers are asked anew: it is begun, and device_status() says when it is over.
  virtual Result<nlohmann::json> test_reachability() = 0;
  // The gateway becomes a node of a cluster, or is none any more; the others hear of it by etcd.
  virtual ApiResult join_cluster(const ClusterRequested& cluster) = 0;
  virtual ApiResult leave_cluster(const RevisionChange& change) = 0;
  virtual Result<nlohmann::json> cluster_status() = 0;
  // The addresses that are here are given to another node of the cluster: it is begun.
  virtual Result<nlohmann::json> yield_addresses() = 0;
  // `sshd_ports`: where the caller sees sshd listen.
  virtual Result<nlohmann::json> doctor(const std::set<uint16_t>& sshd_ports) = 0;
  // Takes everything down. The implementation ends the daemon afterwards through Server::finish, which
  // lets the answer out first.
  virtual Result<nlohmann::json> cleanup() = 0;
};

}   // namespace sluice
