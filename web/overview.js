// SPDX-License-Identifier: GPL-2.0-or-later
// How the gateway is.

import { element, facts, section } from "./dom.js";
import { bitRate, bytes, count, duration, moment, packetRate, secondsSince, text } from "./format.js";
import { Samples, Sparkline } from "./spark.js";
import { Table } from "./table.js";

const traffic = new Samples();   // kept while another view is open

function tableOfFullness() {
  return new Table("Tables", [
    { label: "Table", text: (row) => row.name },
    { label: "Used", make: makeMeter, update: setMeter },
    { label: "Rows", numeric: true, text: (row) => count(row.rows) },
    { label: "Room", numeric: true, text: (row) => count(row.room) },
    { label: "Memory", numeric: true, text: (row) => bytes(row.bytes) },
  ], (row) => row.name, "There are no tables.");
}

function makeMeter(row) {
  return element("meter", { min: 0, max: 1, high: 0.8, low: 0.8, optimum: 0, "aria-label": `${row.name} used` });
}

function setMeter(meter, { rows, room }) {
  meter.value = room > 0 ? rows / room : 0;
  meter.title = `${(100 * meter.value).toFixed(1)} %`;
}

function interfaces() {
  return new Table("Interfaces", [
    { label: "Name", text: (row) => row.name },
    { label: "State", state: (row) => row.state },
    { label: "Zone", text: (row) => text(row.zone) },
    { label: "Hook", text: (row) => text(row.hook) },
  ], (row) => row.name, "The document has no interfaces.");
}

function warnings(status) {
  const waits = status.pending_confirmation;
  const back = status.rolled_back;
  return [
    ...(waits ? [`Revision ${waits.revision} is taken back at ${moment(waits.deadline)} unless somebody confirms it.`] : []),
    ...(back ? [`Revision ${back.revision} was taken back at ${moment(back.when)} by ${text(back.who)}: ${text(back.why)}`] : []),
    ...(status.degraded ?? []),
    ...(status.shortages ?? []).map((one) => `Shortage: ${one.text}`),
    ...(status.events?.lost > 0 ? [`${count(status.events.lost)} events were lost.`] : []),
  ];
}

function showList(node, sentences) {
  const shown = [...node.children].map((line) => line.textContent);
  if (shown.join("\n") !== sentences.join("\n")) {
    node.replaceChildren(...sentences.map((sentence) => element("li", {}, sentence)));
  }
  node.hidden = sentences.length === 0;
}

function showState(known, status) {
  known.say("State", status.state);
  known.say("Engine", text(status.engine));
  known.say("Revision", text(status.revision));
  known.say("Version", text(status.version));
  known.say("Since", status.since ? `${moment(status.since)} (${duration(secondsSince(status.since))})` : "–");
  known.say("Memory of tables", bytes(status.memory?.bytes));
}

function showCounts(known, counts) {
  Object.entries(counts).forEach(([name, value]) => known.say(name.replaceAll("_", " "), count(value)));
}

export function openOverview(page) {
  const [state, counts, rates] = [facts(), facts(), facts()];
  const warned = element("ul", { class: "warnings", role: "alert", "aria-label": "Warnings", hidden: true });
  const [fullness, devices, spark] = [tableOfFullness(), interfaces(), new Sparkline()];
  page.follow("/v1/top/interfaces", { rows: 1 }, ({ gateway }) => {
    rates.say("Came in", bitRate(gateway.bytes_per_second));
    rates.say("Packets", packetRate(gateway.packets_per_second));
    traffic.add(gateway.bytes_per_second);
    spark.show(traffic);
  });
  return {
    nodes: [warned,
      element("div", { class: "columns" },
        section("Gateway", state.node), section("Traffic", rates.node, spark.node), section("Counts", counts.node)),
      section("Tables", fullness.node), section("Interfaces", devices.node)],
    look(status) {
      showState(state, status);
      showCounts(counts, status.counts ?? {});
      showList(warned, warnings(status));
      fullness.show(status.tables ?? []);
      devices.show(status.interfaces ?? []);
    },
  };
}
