// SPDX-License-Identifier: GPL-2.0-or-later
// What was found out about a packet, in the names of the document and a sentence for each question. Private
// to explain/.
#pragma once

#include <string>
#include <vector>

#include "compile/common/rows.hpp"
#include "explain/explain.hpp"
#include "explain/names.hpp"
#include "maps/flow.h"
#include "maps/rules.h"

namespace sluice::detail {

class Teller {
 public:
  // All three outlive it.
  Teller(const World& world, const Question& question, const sl_explained& judged)
      : world_(world),
        question_(question),
        judged_(judged),
        tables_(world.document, world.rules),
        names_(world),
        source_{address_of(judged.source), ntohs(judged.source_port)},
        destination_{address_of(judged.destination), ntohs(judged.destination_port)} {}

  Explanation tell();

 private:
  bool has(uint8_t flag) const { return judged_.is & flag; }                // SL_EXPLAINED_*
  bool is(uint16_t flow_flag) const { return judged_.flags & flow_flag; }   // SL_FLOW_*
  bool was_asked(uint8_t question) const { return judged_.asked >= question; }
  bool ended_at(uint8_t question) const { return judged_.asked == question && judged_.reason != 0; }
  Family family() const { return question_.source.address.family(); }
  void row(std::string stage, std::string finding, std::string rule = {});
  void verdict();

  // tell.cpp
  void interface();
  void addresses();
  void flow();
  void for_many();
  void first_packet();
  void source();
  void destination();
  void service(const sl_forward& forward);
  void by_nat64();
  std::string in_other_view() const;
  bool ends_at_host() const;
  std::string finding_of_way() const;
  void note_to_endpoint();
  void way();
  void hidden();
  void filter();

  // tell_policy.cpp
  bool is_admitted() const;
  void policy();
  void leaves_from(const IpAddress& source, uint16_t port);
  std::string pool_of(const sl_masquerade& masquerade) const;
  const sl_masquerade* masquerade() const;
  void translation();
  void by_static();
  void masqueraded();
  void into_tunnel();
  void answers();
  std::vector<const Limit*> limits_of_document() const;
  std::vector<const Limit*> limits_of_row() const;
  void meets(const Limit& limit);
  void queue();

  const World& world_;
  const Question& question_;
  const sl_explained& judged_;
  const RuleTables tables_;
  const Names names_;
  const Endpoint source_, destination_;   // as it leaves
  Explanation told_;
};

}   // namespace sluice::detail
