// SPDX-License-Identifier: GPL-2.0-or-later
// Services with their backends, and forwards.

import { element, section } from "./dom.js";
import { ago, bytes, count, milliseconds, text } from "./format.js";
import { Table } from "./table.js";

function backends() {
  return new Table("Backends", [
    { label: "Service", text: (row) => row.service },
    { label: "Backend", text: (row) => row.backend },
    { label: "Address", text: (row) => text(row.address) },
    { label: "Underlay", text: (row) => text(row.underlay) },
    { label: "State", state: (row) => row.state },
    { label: "Reason", text: (row) => text(row.reason) },
    { label: "Since", text: (row) => ago(row.since) },
    { label: "Latency", numeric: true, text: (row) => milliseconds(row.latency_ms) },
    { label: "Weight", numeric: true, text: (row) => count(row.weight) },
    { label: "Connections", numeric: true, text: (row) => count(row.connections) },
    { label: "Bytes", numeric: true, text: (row) => bytes(row.bytes) },
  ], (row) => [row.service, row.backend, row.underlay, row.address].join(" "), "The document has no services.");
}

function forwards() {
  return new Table("Forwards", [
    { label: "Name", text: (row) => row.name },
    { label: "State", state: (row) => row.state },
    { label: "Listens at", text: (row) => text(row.listen) },
    { label: "Protocol", text: (row) => text(row.protocol) },
    { label: "Ports", text: (row) => text(row.ports) },
    { label: "To", text: (row) => text(row.to) },
    { label: "Only from", text: (row) => text(row.source) },
    { label: "Flows", numeric: true, text: (row) => count(row.flows) },
    { label: "Packets", numeric: true, text: (row) => count(row.packets) },
    { label: "Bytes", numeric: true, text: (row) => bytes(row.bytes) },
  ], (row) => row.name, "The document has no forwards.");
}

// What forwards have carried takes the gateway a look at all flows.
const FORWARDS_EACH_MS = 10_000;

export function openServices(page) {
  const [services, leading] = [backends(), forwards()];
  const more = element("p", { class: "hint", hidden: true });
  let asked = -Infinity;
  page.follow("/v1/top/services", { sort: "service", rows: 1000 }, ({ rows, matched }) => {
    services.show(rows);
    more.hidden = matched <= rows.length;
    more.textContent = `The first ${count(rows.length)} of ${count(matched)}.`;
  });
  return {
    nodes: [section("Backends of services", services.node, more), section("Forwards", leading.node)],
    async look() {
      if (performance.now() - asked < FORWARDS_EACH_MS) {
        return;
      }
      leading.show((await page.get("/v1/show/forwards")).forwards);
      asked = performance.now();
    },
  };
}
