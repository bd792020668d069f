// SPDX-License-Identifier: GPL-2.0-or-later
// What the control socket asks of the daemon. The router checks the form of a request before it calls;
// the answers are the JSON objects of docs/api.md without `schema_version`, which the router adds.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/feed.hpp"
#include "base/result.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

// An error, and for a refused document its complaints as docs/api.md lists them.
struct ApiError {
  Error error;
  nlohmann::json complaints = nlohmann::json::array();

  ApiError(Error cause) : error(std::move(cause)) {}
  ApiError(Error cause, nlohmann::json list) : error(std::move(cause)), complaints(std::move(list)) {}
};
using ApiResult = std::expected<nlohmann::json, ApiError>;

namespace detail {
// For TRY and TRY_TO (base/result.hpp).
template <class T>
T take(std::expected<T, ApiError>& result) {
  return std::move(*result);
}
}   // namespace detail

struct DocumentText {
  std::string file;   // as the operator named it; only for complaints
  std::string text;
  std::string who;    // user at the other end of the socket
  std::string why;    // the operator's reason; may be empty
  NamedTexts files;   // that it has sets in, by the names in the document
  std::optional<std::chrono::seconds> confirm_within = {};   // it is taken back unless somebody confirms it
};

// The longest time that a revision may wait to be confirmed.
inline constexpr std::chrono::seconds kLongestConfirmation = std::chrono::hours(24);

// The longest time that a backend may drain: as long as any duration of a document.
inline constexpr std::chrono::seconds kLongestDrain = std::chrono::days(30);

// A revision by its number, or the one in force.
using RevisionName = std::optional<int64_t>;

struct RevisionChange {
  int64_t revision = 0;   // 0: the one before
  std::string who, why;
};

struct RestoreRequest {
  std::string backup;               // as backup() answered it
  std::vector<std::string> names;   // of devices that are called otherwise here: "eth0=ens3"
  bool dry_run = false;             // nothing is changed
  bool replace = false;             // also what clients of this gateway rely on
  std::string who, why;
  std::optional<std::chrono::seconds> confirm_within = {};   // as of a document
};

// Values as the operator wrote them; their meaning is the document's to judge.
struct ForwardRequest {
  std::string name, listen, to;
  std::vector<std::string> protocols;   // never empty
  std::vector<std::string> ports;       // never empty
  std::vector<std::string> sources;     // empty: everybody
  std::string vrf;                      // empty: the main one
  std::string who, why;
};

// Keys of the document and their values, both as the document spells them: {"port", "51820"}, {"dns",
// "[\"10.100.0.1\"]"}. What they mean is the document's to judge.
using DocumentValues = std::vector<std::pair<std::string, std::string>>;

struct NetworkRequest {
  std::string name, type;
  DocumentValues values;   // of its other keys
  std::string who, why;
};

struct EndpointRequest {
  std::string network, name, type;
  DocumentValues values;   // of its other keys; without one of a key the gateway makes the pair
  std::string who, why;
};

// Of the front.
struct CertificateRequest {
  std::string name;
  bool revokes = false;   // else it is renewed
};

struct PodRequest {
  std::string name;
  DocumentValues values;
  std::string who, why;
};

struct RelayClientRequest {
  std::string name;
  DocumentValues values;
  std::string who, why;
};

// One interface of a container, by the engine that runs it.
struct ContainerName {
  std::string id, interface;
};

// As a plugin of the engine tells of it; what the values mean is for the gateway to judge.
struct ContainerRequest {
  ContainerName name;
  std::string space;                      // path of its network namespace
  std::string called, network;            // may be empty
  std::string zone, pod;                  // `pod` empty: none
  std::string subnet, subnet6, address;   // the last two may be empty
  std::vector<std::string> ports;         // "8080:80/tcp", "203.0.113.1:8080:80/tcp"
  std::string who;
};

// One that is there.
struct EndpointName {
  std::string network, name;
  std::string who, why;
};

struct KeyChange {
  EndpointName endpoint;
  std::string public_key;   // empty: the gateway makes the pair
};

struct EndpointTable {
  std::string network;
  std::string csv;   // docs/networks.md
  std::string who, why;
};

// A backend that is to take no new flows, or new ones again.
struct DrainRequest {
  std::string service, backend;
  bool drain = true;
  std::optional<std::chrono::seconds> seconds;   // until what is left ends; none: it may take its time
  std::string who, why;
};

// Where a packet would come in, and what it would be; as the operator wrote it.
struct ExplainRequest {
  std::string in;   // empty: the source is an endpoint of a network, and comes in by its tunnel
  std::string protocol, source, destination;
  bool as_new = false;   // as if there were no flow of it
};

// How much of packets, and how long, unless the request says less; or for how long it may say more.
inline constexpr uint32_t kCaptureSnaplen = 65'000;   // bytes
inline constexpr uint32_t kCaptureSeconds = 3600, kCaptureMostSeconds = 7 * 24 * 3600;
inline constexpr uint64_t kCaptureMebibytes = 1024;

// Packets that are wanted: of each list that is not empty they have to be of one. All are names of the
// document.
struct CaptureRequest {
  std::string filter;     // pcap-filter(7); of a packet as it came, or as it left
  uint64_t packets = 0;   // then it is over; 0: it is not
  uint32_t snaplen = kCaptureSnaplen, seconds = kCaptureSeconds;
  uint64_t mebibytes = kCaptureMebibytes;
  bool drops = false;    // those alone
  bool report = false;   // of whoever follows drops: lines, and no packets
  bool lines = false;    // in place of pcapng lines of JSON, of a few packets each second
  std::vector<std::string> forwards, zones, vrfs, endpoints, reasons;
};

// Takes a connection over, and answers there what was asked.
using HandOver = std::function<void(UniqueFd connection)>;

// The rows of a list that may be longer than anybody wants to hold.
class RowReader {
 public:
  virtual ~RowReader() = default;
  // Appends some; false: those were the last.
  virtual Result<bool> next(std::vector<nlohmann::json>& rows) = 0;
};

// A flow as it began, as the operator wrote it.
struct FlowName {
  std::string protocol, source, destination;   // "192.0.2.1:80"
  std::string vrf;                             // that it began in; empty: the main one
  std::string who;
};

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
  // `sshd_ports`: where the caller sees sshd listen.
  virtual Result<nlohmann::json> doctor(const std::set<uint16_t>& sshd_ports) = 0;
  // Takes everything down. The implementation ends the daemon afterwards through Server::finish, which
  // lets the answer out first.
  virtual Result<nlohmann::json> cleanup() = 0;
};

}   // namespace sluice
