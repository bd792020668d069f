// SPDX-License-Identifier: GPL-2.0-or-later
// The document as text: checked into the typed model, formatted, and edited in place. Pure: no I/O,
// no privileges. Exceptions do not leave these functions.
#pragma once

#include <expected>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/text.hpp"
#include "base/text_edit.hpp"
#include "model/capabilities.hpp"
#include "model/document.hpp"

namespace sluice {

// One thing that is wrong with a document.
struct Complaint {
  std::string file;
  int line = 0;         // from 1
  int column = 0;       // from 1, in characters (code points)
  std::string path;     // "nat.forwards[2].to"; empty where the text itself is broken
  std::string reason;   // what is wrong
  std::string remedy;   // what would be right; may be empty
  std::string text;     // ready to print: "FILE:LINE:COLUMN: PATH: REASON (REMEDY)", the line, a caret
};

struct Checked {
  Document document;
  std::vector<std::string> warnings;   // ready to print, in the order of the text
};

// Every complaint in the order of the text; at most 100, then one that says how many more there are.
using CheckResult = std::expected<Checked, std::vector<Complaint>>;

// Checks form and meaning. Linear (but for sorting) in the length of the text, which may be 32 MiB. What the
// engine that the document names cannot do is refused, and the same for `engine`; "auto" names none. `files`
// holds what was in the files that the document names, by the names that it gives them.
CheckResult check_document(std::string_view text, std::string_view file_name,
                           std::optional<EngineKind> engine = {}, const NamedTexts& files = {});

// What is told of a document that was refused: "home.json: 2 complaints" (kInvalidDocument).
Error refusal(std::string_view file_name, const std::vector<Complaint>& complaints);
nlohmann::json json_of(const std::vector<Complaint>& complaints);   // as docs/api.md lists them

inline constexpr size_t kMostSetFileBytes = 16u << 20;   // of all files of a document together
inline constexpr size_t kMostSetMembers = 500'000;       // of a set that stands in a file

// The files that a document has sets in, as it names them, each once.
std::vector<std::string> files_of_sets(std::string_view text);

// The text in canonical layout; comments and the order of keys stay. Formatting twice changes nothing more.
// Only broken syntax is an error (kInvalidDocument): a document under work may be formatted.
Result<std::string> format_document(std::string_view text, std::string_view file_name);

// A forward as a command names it, in the spelling of the document.
struct ForwardEdit {
  std::string name;
  std::vector<std::string> protocols;   // empty: the default, tcp
  std::string listen, ports, to;
  std::vector<std::string> source;   // empty: everybody
  std::string vrf;                   // empty: the main one
};

// The text with the forward added; everything else stays byte for byte. An identical forward that is
// there already: the same text. The same name with other content: kFailed. The result is not checked.
Result<std::string> add_forward(std::string_view text, std::string_view file_name,
                                const ForwardEdit& forward);

// The text without the forward and the comment at the end of its line. An unknown name: kUsage.
Result<std::string> remove_forward(std::string_view text, std::string_view file_name, std::string_view name);

// The text with this value (JSON) of a backend's "drain", or without the key (nullopt); it comes on a line
// that is there. A service or a backend that is not there: kUsage.
Result<std::string> set_drain(std::string_view text, std::string_view file_name, std::string_view service,
                              std::string_view backend, const std::optional<std::string>& json);
// The same as one edit, where the service has its place in the text: without reading more of it than that.
// None: something is not as it was said, or other lines would have other numbers.
std::optional<TextEdit> drain_edit(std::string_view text, const PublishedService& service,
                                   std::string_view backend, const std::optional<std::string>& json);

// Keys of a network or an endpoint, each with its value as JSON text.
using KeyedValues = std::vector<std::pair<std::string, std::string>>;

struct NetworkEdit {
  std::string name, type;
  int expected_users = 0;   // 0: left out
  KeyedValues values;       // of the other keys
};

// The text with the network, or the endpoint in its network, added; the same rules as for forwards. A network
// that is there is the same whatever endpoints it has, as long as `values` names none. Values that are not
// JSON, and a network that is not there: kUsage.
Result<std::string> add_network(std::string_view text, std::string_view file_name,
                                const NetworkEdit& network);
Result<std::string> remove_network(std::string_view text, std::string_view file_name, std::string_view name);

struct EndpointEdit {
  std::string network, name, type;
  KeyedValues values;
  int line = 0;   // of the file that it comes from, where its failure says that; 0: none
};

Result<std::string> add_endpoint(std::string_view text, std::string_view file_name,
                                 const EndpointEdit& endpoint);
// Many of one network, which may be ten thousand: the text is read once or twice. All or none.
Result<std::string> add_endpoints(std::string_view text, std::string_view file_name, std::string_view network,
                                  const std::vector<EndpointEdit>& endpoints);
Result<std::string> remove_endpoint(std::string_view text, std::string_view file_name,
                                    std::string_view network, std::string_view name);

// Puts one value (JSON text) of an endpoint's key, or takes the key away (nullopt); the same value again, or
// a key that is not there: the same text.
Result<std::string> set_endpoint_value(std::string_view text, std::string_view file_name,
                                       std::string_view network, std::string_view name, std::string_view key,
                                       const std::optional<std::string>& json);

// The text with all that its networks, their endpoints, its pods, clients of its relay and users of SSH were
// allotted written out.
Result<std::string> write_out_allotted(std::string_view text, std::string_view file_name,
                                       const Document& resolved);

struct PodEdit {
  std::string name;
  KeyedValues values;
};

// The text with the pod added, or without it; the same rules as for networks.
Result<std::string> add_pod(std::string_view text, std::string_view file_name, const PodEdit& pod);
Result<std::string> remove_pod(std::string_view text, std::string_view file_name, std::string_view name);

struct RelayClientEdit {
  std::string name;
  KeyedValues values;
};

// The text with the client added to the relay, which is made where there is none, or without it; the same
// rules as for networks.
Result<std::string> add_relay_client(std::string_view text, std::string_view file_name,
                                     const RelayClientEdit& client);
Result<std::string> remove_relay_client(std::string_view text, std::string_view file_name,
                                        std::string_view name);

// Old names of devices, each with its new one.
using DeviceMap = std::map<std::string, std::string, std::less<>>;

bool is_device_name(std::string_view name);   // that the kernel takes, in visible ASCII
// The names of devices that a document mentions, wherever that is.
Result<std::set<std::string>> devices_in(std::string_view text, std::string_view file_name);
// The text with other names of devices; all change at once, so two may change places. Everything else stays
// byte for byte. The result is not checked.
Result<std::string> rename_devices(std::string_view text, std::string_view file_name, const DeviceMap& names);

// The name of the cluster that the document makes its gateway a node of; nullopt: of none.
Result<std::optional<std::string>> cluster_named_in(std::string_view text, std::string_view file_name);
// The text with this "cluster" (JSON), or without it. The result is not checked.
Result<std::string> put_cluster(std::string_view text, std::string_view file_name, std::string_view json);
Result<std::string> remove_cluster(std::string_view text, std::string_view file_name);
// The text of a node that leaves its cluster; `document` is what it says. Each interface keeps the addresses
// that are this node's alone. Those that move, and the rules at them, stay with the other nodes, unless it
// `is_last`. The result is not checked.
struct LeftCluster {
  std::string text;
  std::vector<std::string> left_out;   // such as `forward "web" at 203.0.113.1`
};
Result<LeftCluster> without_cluster(std::string_view text, std::string_view file_name,
                                    const Document& document, bool is_last);
// The text of a node of a cluster as all nodes share it, without the node's name and with the devices' shared
// names; and such a text, or that of another node, as it is at this one (empty: the one that it names).
// as_shared(as_node(x)) is x, byte for byte, where x is shared.
Result<std::string> as_shared(std::string_view text, std::string_view file_name);
Result<std::string> as_node(std::string_view text, std::string_view file_name, std::string_view name);

// The text with another key file of a network, or of an endpoint in it (empty: the network's own).
// `which`: "key_file" or "preshared_key_file". The result is not checked.
Result<std::string> put_key_file(std::string_view text, std::string_view file_name, std::string_view network,
                                 std::string_view endpoint, std::string_view which, std::string_view path);

}   // namespace sluice
