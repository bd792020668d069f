// SPDX-License-Identifier: GPL-2.0-or-later
// What is dropped and why: sums by reason, and what is dropped now.

import { element, section } from "./dom.js";
import { bytes, clock, count, packetRate, text } from "./format.js";
import { Table } from "./table.js";

const KEPT = 100;   // lines

// Rates of counters that are read again and again.
function rates() {
  let before = new Map();
  let read = 0;
  return (rows, keyOf) => {
    const now = performance.now();
    const elapsed = (now - read) / 1000;
    const known = before;
    before = new Map(rows.map((row) => [keyOf(row), row.packets]));
    const rateOf = (row) => (read === 0 ? null : Math.max(0, row.packets - (known.get(keyOf(row)) ?? 0)) / elapsed);
    const rated = rows.map((row) => ({ ...row, rate: rateOf(row) }));
    read = now;
    return rated;
  };
}

const keyOf = (row) => `${row.reason} ${row.stage} ${row.interface}`;

function makeTable() {
  return new Table("Drops", [
    { label: "Reason", text: (row) => row.reason },
    { label: "Why", text: (row) => row.text },
    { label: "Stage", text: (row) => text(row.stage) },
    { label: "Interface", text: (row) => text(row.interface) },
    { label: "Rate", numeric: true, text: (row) => packetRate(row.rate) },
    { label: "Packets", numeric: true, text: (row) => count(row.packets) },
    { label: "Bytes", numeric: true, text: (row) => bytes(row.bytes) },
  ], keyOf, "Nothing was dropped.");
}

const unit = (number) => (number === 1 ? "packet" : "packets");

function sentence(line) {
  if (line.lost) {
    return `${count(line.lost)} ${unit(line.lost)} came too fast to be looked at`;
  }
  const rule = line.rule ? ` by ${line.rule.kind} "${line.rule.name}"${line.rule.line ? ` (line ${line.rule.line})` : ""}` : "";
  const zones = line.from ? `, ${line.from}${line.to ? ` > ${line.to}` : ""}` : "";
  const place = line.interface ? ` at ${line.interface}` : "";
  const source = line.source ? ` from ${line.source}` : "";
  return `${count(line.packets)} ${unit(line.packets)}, ${bytes(line.bytes)}: ${line.reason}${rule}${zones}${place}${source}`;
}

function showLine(log, line) {
  const said = element("li", {}, element("time", {}, clock(line.time)), " ", element("span", {}, sentence(line)));
  if (line.example) {
    said.append(element("code", {}, line.example));
  }
  log.prepend(said);
  while (log.children.length > KEPT) {
    log.lastChild.remove();
  }
}

export function openDrops(page) {
  const [table, rated] = [makeTable(), rates()];
  const log = element("ol", { class: "log", "aria-label": "Drops as they happen", tabindex: 0 });
  const now = section("Now", element("p", { class: "hint" }, "Each second a line for each reason, rule and network of senders; the newest first."), log);
  now.hidden = true;
  let engine = null;
  // Packets that are dropped are seen by eBPF alone.
  function followWith(newest) {
    if (newest === engine) {
      return;
    }
    engine = newest;
    now.hidden = engine !== "ebpf";
    if (now.hidden) {
      page.unfollow();
    } else {
      page.follow("/v1/monitor/drops", {}, (line) => showLine(log, line));
    }
  }
  return {
    nodes: [section("By reason", table.node), now],
    async look(status) {
      followWith(status.engine);
      const { drops } = await page.get("/v1/show/drops");
      table.show(rated(drops, keyOf).sort((one, other) => other.packets - one.packets));
    },
  };
}
