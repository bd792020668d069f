// SPDX-License-Identifier: GPL-2.0-or-later
// Interfaces with what they carry.

import { badge, element, facts, setBadge } from "./dom.js";
import { bitRate, count, list, packetRate, text } from "./format.js";
import { Samples, Sparkline } from "./spark.js";

const samples = new Map();   // by name; kept while another view is open

function samplesOf(name) {
  if (!samples.has(name)) {
    samples.set(name, new Samples());
  }
  return samples.get(name);
}

function makeCard(name) {
  const [state, known, spark] = [badge(""), facts(), new Sparkline()];
  const node = element("article", { class: "card", "aria-label": name },
    element("h2", {}, name, " ", state), spark.node, known.node);
  return { node, state, known, spark };
}

function fillCard(card, row) {
  setBadge(card.state, row.state);
  card.spark.show(samplesOf(row.name));
  const say = card.known.say;
  say("Received", `${bitRate(row.rx_bytes_per_second)}, ${packetRate(row.rx_packets_per_second)}`);
  say("Sent", `${bitRate(row.tx_bytes_per_second)}, ${packetRate(row.tx_packets_per_second)}`);
  say("Dropped", `${packetRate(row.dropped_packets_per_second)}, ${count(row.dropped_packets)} packets in all`);
  say("Zone", row.vrf && row.vrf !== "main" ? `${text(row.zone)}, VRF ${row.vrf}` : text(row.zone));
  say("Hook", row.hook_reason ? `${row.hook}: ${row.hook_reason}` : text(row.hook));
  say("MTU", row.mtu === null ? "–" : `${row.mtu} bytes`);
  say("Addresses", list(row.addresses));
}

function showCards(node, cards, rows) {
  const wanted = new Set(rows.map((row) => row.name));
  [...cards.keys()].filter((name) => !wanted.has(name)).forEach((name) => {
    cards.get(name).node.remove();
    cards.delete(name);
  });
  for (const row of rows) {
    const card = cards.get(row.name) ?? makeCard(row.name);
    if (!cards.has(row.name)) {
      cards.set(row.name, card);
      node.append(card.node);
    }
    fillCard(card, row);
  }
}

export function openInterfaces(page) {
  const cards = new Map();
  const node = element("div", { class: "cards" });
  const legend = element("p", { class: "hint" }, element("span", { class: "key received" }, "received"), " ",
    element("span", { class: "key sent" }, "sent"), " in the last two minutes");
  page.follow("/v1/top/interfaces", {}, ({ rows }) => {
    rows.forEach((row) => samplesOf(row.name).add(row.rx_bytes_per_second, row.tx_bytes_per_second));
    showCards(node, cards, rows);
  });
  return { nodes: [legend, node] };
}
