// SPDX-License-Identifier: GPL-2.0-or-later
// The cluster that a document makes its gateway a node of: where its nodes keep the document that all of them
// have in force, and what differs by node. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/https_url.hpp"
#include "model/address.hpp"

namespace sluice {

inline constexpr size_t kMostStorePlaces = 16;
inline constexpr size_t kMostClusterNodes = 1000;
inline constexpr size_t kMostSyncPeers = 16;
inline constexpr uint16_t kSyncPort = 3780;
inline constexpr size_t kMostClusterNeighbours = 64, kMostAnnounced = 1000;

// etcd, by TLS. Files of PEM; a relative name is below the state folder.
struct ClusterStore {
  std::vector<HttpsUrl> etcd;        // members of one etcd; one at least
  std::string ca_file;               // empty: what the machine trusts
  std::string cert_file, key_file;   // both, or none: what this gateway shows
  bool operator==(const ClusterStore&) const = default;
};

// What a device of the shared document is at one node.
struct NodeInterface {
  std::string device;                        // as it is called there
  std::vector<InterfaceAddress> addresses;   // that it has there, whichever node is the active one
};
using NodeInterfaces = std::map<std::string, NodeInterface, std::less<>>;   // by name in the shared document

// A router that is told by BGP (RFC 4271) which node the addresses are at. A node speaks with those that it
// has an address of its own in a network with.
struct ClusterNeighbour {
  IpAddress address;
  uint32_t asn = 0;
  std::vector<Prefix> announce;   // behind the gateway, beside the addresses that move
  // Once the document was checked. None: it is another node's.
  std::optional<IpAddress> own;
  std::string interface;   // that this address is at
};

// One node is the active one: addresses of interfaces that others are on a wire with are there and nowhere
// else. Nodes agree about that by VRRP, version 3 (RFC 5798).
struct MovingAddresses {
  std::string interface;   // that nodes hear each other by
  uint8_t id = 0;          // of the virtual router; never 0
  bool unicast = false;    // by addresses of their own there, and not by multicast
  // Then: this node's, and those of all others. They are of one family.
  std::optional<IpAddress> own;
  std::vector<IpAddress> peers;
  uint32_t asn = 0;   // of all nodes; 0: whoever is on a wire with them finds the addresses by ARP and NDP
  std::vector<ClusterNeighbour> neighbours;
};

struct MovedAddress {
  std::string link;   // the device here
  InterfaceAddress address;
  bool routed = true;   // the kernel lays the route to its network, in the main table
  bool operator==(const MovedAddress&) const = default;
};

// The active node sends the others what they need to go on with its flows.
struct StateSync {
  std::string interface;          // a link of its own, best
  uint16_t port = kSyncPort;      // TCP
  std::string key_file;           // 32 bytes as base64; relative: below the state folder
  std::optional<IpAddress> own;   // at that interface; there once the document was checked
  std::vector<IpAddress> peers;   // the others, of the same family
};

// What stands for the active node in VRRP, and is there with all the others: the link-local address of the
// virtual router's MAC address, which is the first that it has (RFC 5798 sections 5.2.9 and 7.3). Where nodes
// speak by unicast of IPv4, one that no host takes by itself (RFC 3927 section 2.1).
InterfaceAddress router_address(const MovingAddresses& moving);

// How nodes that stand by keep the flows of the active one.
struct SyncFacts {
  struct Peer {
    std::string node;   // empty: it was never heard
    IpAddress address;
    bool is_there = false;
    std::optional<std::chrono::steady_clock::time_point> has;   // it had all that was there then
    std::string trouble;
  };
  bool is_on = false, sends = false;
  uint64_t flows = 0;     // that the others were told of
  uint64_t left = 0;      // that could not be kept here
  std::string why_left;   // of one of them
  std::vector<Peer> peers;
};

// A session with a router around the cluster.
struct RouterSession {
  IpAddress neighbour;
  uint32_t asn = 0;
  std::string state;      // "established", or how far it has come (RFC 4271 section 8.2.2)
  bool is_lost = false;   // it was established before
};

// What a node knows of its cluster now.
struct ClusterFacts {
  size_t carriers = 0;        // nodes that are a good way now, where all carry, with this one
  size_t heard = 0;           // nodes that there are then, with this one; 0: this one does not carry
  bool is_hindered = false;   // another node is better off
  bool is_standby = false;    // the addresses that move are at another node
  uint64_t turns = 0;         // how often that changed, since this daemon began
  size_t nodes = 0;           // that are there, with this one
  bool is_store_there = false,
       is_in_step = false;   // etcd can be asked; it has the document that is in force here
  uint32_t metric = 0;       // that routers are told; the least is the active node's
  std::vector<RouterSession> sessions;
  SyncFacts sync;
};

struct Cluster {
  std::string name;
  std::string node;         // that this gateway is
  bool all_carry = false;   // role "active-active": the addresses are at all nodes, and one of them leads
  ClusterStore store;
  std::optional<MovingAddresses> addresses;                   // none: each node has all of them
  std::map<std::string, NodeInterfaces, std::less<>> nodes;   // only those that differ
  int line = 0;                                               // in the document, from 1
  std::optional<StateSync> sync;                              // none: who takes over knows of no flow
};

// Of what must not be given twice by nodes that do not hear each other: the part of the node with this
// number, from 0, of so many that are alike.
struct NodePart {
  uint8_t number = 0, of = 1;   // 1: all of it is this node's
  bool operator==(const NodePart&) const = default;
};

// Where addresses move among the nodes that are listed, up to 255.
NodePart part_of(const Cluster& cluster);

// Of an interface of the document, the same at all nodes; 0: it is none of a cluster whose nodes all carry.
struct Document;
uint8_t number_of_interface(const Document& document, std::string_view name);
// Of all these numbers, as all nodes have it that have this document.
uint16_t hash_of_numbers(const Document& document);

// Of these ports; all of them where they are fewer than nodes.
PortRange part_of(const PortRange& ports, NodePart part);

}   // namespace sluice
