// SPDX-License-Identifier: GPL-2.0-or-later
// Flows, the busiest first.

import { element, setText } from "./dom.js";
import { bitRate, bytes, count, end, packetRate, seconds, text } from "./format.js";
import { Table } from "./table.js";

const ROWS = 100;
const TYPING_MS = 300;
const ORDERS = {
  bytes_per_second: "rate", packets_per_second: "packets per second", bytes: "bytes", packets: "packets",
  idle_seconds: "idle time", protocol: "protocol", state: "state", source: "source", destination: "destination",
};
const chosen = { sort: "bytes_per_second", reverse: false, filter: "" };   // kept while another view is open

const sourceOf = ({ original }) => end(original.source, original.source_port);
const destinationOf = ({ original }) => end(original.destination, original.destination_port);

// Where the answers come from and go to is another end than the packets had: an address was translated.
function translationOf({ original, reply }) {
  const told = [];
  if (reply.source !== original.destination || reply.source_port !== original.destination_port) {
    told.push(`to ${end(reply.source, reply.source_port)}`);
  }
  if (reply.destination !== original.source || reply.destination_port !== original.source_port) {
    told.push(`as ${end(reply.destination, reply.destination_port)}`);
  }
  return told.join(", ") || "none";
}

function makeTable() {
  return new Table("Flows", [
    { label: "Protocol", text: (row) => row.protocol },
    { label: "State", state: (row) => row.state },
    { label: "Source", text: sourceOf },
    { label: "Destination", text: destinationOf },
    { label: "Translation", text: translationOf },
    { label: "Policy", text: (row) => text(row.policy) },
    { label: "Rate", numeric: true, text: (row) => bitRate(row.bytes_per_second) },
    { label: "Packet rate", numeric: true, text: (row) => packetRate(row.packets_per_second) },
    { label: "Bytes", numeric: true, text: (row) => bytes(row.bytes) },
    { label: "Idle", numeric: true, text: (row) => seconds(row.idle_seconds) },
  ], (row) => [row.protocol, row.from_vrf, sourceOf(row), destinationOf(row)].join(" "), "There are no such flows.");
}

function orderChoice(onchange) {
  const options = Object.entries(ORDERS).map(([value, label]) => element("option", { value, selected: value === chosen.sort }, label));
  return element("select", { name: "sort", onchange }, ...options);
}

function controls(follow) {
  let typing = 0;
  const filter = element("input", {
    type: "search", name: "filter", maxlength: 64, value: chosen.filter, autocomplete: "off", oninput: () => {
      clearTimeout(typing);
      typing = setTimeout(change, TYPING_MS);
    },
  });
  const sort = orderChoice(change);
  const reverse = element("input", { type: "checkbox", name: "reverse", checked: chosen.reverse, onchange: change });
  function change() {
    Object.assign(chosen, { filter: filter.value, sort: sort.value, reverse: reverse.checked });
    follow();
  }
  return element("div", { class: "controls", role: "search" },
    element("label", {}, "With the text ", filter), element("label", {}, "Order by ", sort), element("label", {}, reverse, " reversed"));
}

export function openFlows(page) {
  const table = makeTable();
  const matched = element("p", { class: "hint", role: "status" });
  function follow() {
    const values = { sort: chosen.sort, filter: chosen.filter, rows: ROWS, reverse: chosen.reverse ? 1 : "" };
    page.follow("/v1/top/flows", values, (look) => {
      setText(matched, `${count(look.rows.length)} of ${count(look.matched)} flows`);
      table.show(look.rows);
    });
  }
  follow();
  return { nodes: [controls(() => page.signal.aborted || follow()), matched, table.node] };
}
