// SPDX-License-Identifier: GPL-2.0-or-later
// What requests to the daemon carry (api/service.hpp), and how they fail. Values are as the operator wrote
// them; what they mean is for the document or the gateway to judge.
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
  bool is_edit = false;                                      // of one thing in the document in force
  bool by_owner = false;                                     // root's: it may name files with keys
  bool replaces = false;   // makes the gateway a node, and the cluster's document may come in its place
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

// A cluster that the gateway becomes a node of; values as the document has them.
struct ClusterRequested {
  std::string name, node;
  std::vector<std::string> etcd;   // never empty
  DocumentValues files;            // of the keys of "store" that name files
  bool replaces = false;           // the cluster's document may come in the place of the gateway's own
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

}   // namespace sluice
