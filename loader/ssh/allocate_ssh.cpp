// SPDX-License-Identifier: GPL-2.0-or-later
#include "ssh/allocate_ssh.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/number.hpp"
#include "base/text.hpp"
#include "network/allotment_book.hpp"
#include "network/free_space.hpp"

namespace sluice {
namespace {

// Of a box by its place: one that is moved to another address keeps its port.
AllotmentKey key_of_port(const std::string& user, size_t box) {
  return {std::string(kSshOwner), user, box == 0 ? "port" : fmt::format("port/{}", box + 1)};
}

class SshAllocator {
 public:
  SshAllocator(Ssh* ssh, const Allotments& known, int64_t now)
      : ssh_(ssh), book_(known, now, [this](const AllotmentKey& key) { return owned_.contains(key); }) {
    if (!ssh) return;
    for (const SshUser& user : ssh->users)
      for (size_t i = 0; i < user.boxes.size(); ++i) owned_.insert(key_of_port(user.name, i));
  }

  Result<Allotments> run() {
    if (ssh_) give_ports();
    if (!complaints_.empty()) return fail(join(complaints_, "; "), ErrorKind::kInvalidDocument);
    return book_.take();
  }

 private:
  void give_ports() {
    std::set<uint32_t> said;
    for (const SshUser& user : ssh_->users) said.insert(user.ports.begin(), user.ports.end());
    FreeNumbers free(ssh_->ports.first, ssh_->ports.last, std::move(said), resting());
    std::map<AllotmentKey, uint16_t> before;
    for (const AllotmentBook::Had had : AllotmentBook::kHad)
      for (const SshUser& user : ssh_->users)
        for (size_t i = user.ports.size(); i < user.boxes.size(); ++i) take_again(user, i, had, free, before);
    for (SshUser& user : ssh_->users) give_to(user, free, before);
  }

  // What a box had stays its own before anybody new gets one; what it gave back, where nobody else has it.
  void take_again(const SshUser& user, size_t box, AllotmentBook::Had had, FreeNumbers& free,
                  std::map<AllotmentKey, uint16_t>& before) {
    const AllotmentKey key = key_of_port(user.name, box);
    const std::string* text = (book_.*had)(key);
    const auto port = text ? whole_number<uint16_t>(*text) : std::nullopt;
    if (!port || !ssh_->ports.contains(*port)) return;
    const bool is_free = free.take(*port);
    if (!is_free && had == &AllotmentBook::given_back) return;
    if (!is_free)
      return complaints_.push_back(fmt::format(
          "SSH user \"{}\" (line {}): its port {} is said to be another box's", user.name, user.line, *port));
    before.emplace(key, *port);
  }

  void give_to(SshUser& user, FreeNumbers& free, const std::map<AllotmentKey, uint16_t>& before) {
    for (size_t i = 0; i < user.boxes.size(); ++i) {
      const AllotmentKey key = key_of_port(user.name, i);
      if (i == user.ports.size()) {
        const auto had = before.find(key);
        const auto port = had == before.end() ? free.take_next() : std::optional<uint32_t>(had->second);
        if (!port)
          return complaints_.push_back(fmt::format("SSH user \"{}\" (line {}): no port is left of {}",
                                                   user.name, user.line, ssh_->ports.to_string()));
        user.ports.push_back(static_cast<uint16_t>(*port));
      }
      book_.keep(key, std::to_string(user.ports[i]));
    }
  }

  // What others had until a moment ago.
  std::set<uint32_t> resting() const {
    std::set<uint32_t> ports;
    book_.each_resting([&](const AllotmentKey&, const std::string& text) {
      if (const auto port = whole_number<uint32_t>(text)) ports.insert(*port);
    });
    return ports;
  }

  Ssh* ssh_;   // null: the document has none
  std::set<AllotmentKey> owned_;
  AllotmentBook book_;
  std::vector<std::string> complaints_;
};

}   // namespace

Result<Allotments> allocate_ssh(Document& document, const Allotments& known, int64_t now) {
  return SshAllocator(document.ssh ? &*document.ssh : nullptr, known, now).run();
}

}   // namespace sluice
