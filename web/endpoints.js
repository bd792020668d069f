// SPDX-License-Identifier: GPL-2.0-or-later
// Networks and their endpoints. A configuration has a private key: it is asked for when somebody wants to see it,
// and nothing is left of it when the dialog is closed.

import { openDialog } from "./dialog.js";
import { button, element, notice, section } from "./dom.js";
import { ago, bytes, count, list, text } from "./format.js";
import { drawQr } from "./qr.js";
import { Table } from "./table.js";

function networks() {
  return new Table("Networks", [
    { label: "Network", text: (row) => row.name },
    { label: "Type", text: (row) => row.type },
    { label: "Subnets", text: (row) => list([row.subnet, row.subnet6].filter(Boolean)) },
    { label: "Zone", text: (row) => text(row.zone) },
    { label: "Device", text: (row) => text(row.device) },
    { label: "UDP port", numeric: true, text: (row) => text(row.port) },
    { label: "Active", numeric: true, text: (row) => `${count(row.active)} of ${count(row.endpoints)}` },
    { label: "Received", numeric: true, text: (row) => bytes(row.rx_bytes) },
    { label: "Sent", numeric: true, text: (row) => bytes(row.tx_bytes) },
    { label: "Drops", numeric: true, text: (row) => count(row.drops) },
  ], (row) => row.name, "The document has no networks.");
}

function addressesOf(row) {
  return list([row.address, row.address6].filter(Boolean));
}

function endpoints(page) {
  const columns = [
    { label: "Network", text: (row) => row.network },
    { label: "Endpoint", text: (row) => row.name },
    { label: "Type", text: (row) => row.type },
    { label: "State", state: (row) => row.state },
    { label: "Last handshake", text: (row) => (row.last_handshake ? ago(row.last_handshake) : "never") },
    { label: "Addresses", text: addressesOf },
    { label: "Received", numeric: true, text: (row) => bytes(row.rx_bytes) },
    { label: "Sent", numeric: true, text: (row) => bytes(row.tx_bytes) },
    { label: "Drops", numeric: true, text: (row) => count(row.drops) },
  ];
  if (page.allows("configs")) {
    columns.push({ label: "Configuration", make: (row) => configButton(page, row) });
  }
  return new Table("Endpoints", columns, (row) => `${row.network} ${row.name}`, "The document has no endpoints.");
}

function configButton(page, { network, name }) {
  return button("Show", () => showConfig(page, network, name), { "aria-label": `Show the configuration of ${network}/${name}` });
}

function showConfig(page, network, name) {
  const gone = new AbortController();
  const said = notice("alert");
  const [picture, words] = [element("div"), element("pre", { class: "secret", tabindex: 0 })];
  const dialog = openDialog(`${network}/${name}`, page.signal,
    element("p", { class: "hint" }, "Whoever sees this may use it. It is taken away when this is closed."), said.node, picture, words,
    element("div", { class: "buttons" }, button("Close", () => dialog.close(), { class: "primary", autofocus: true })));
  dialog.addEventListener("close", () => {
    gone.abort();
    picture.replaceChildren();
    words.replaceChildren();
  });
  fillConfig(page, { network, name }, { said, picture, words }, gone.signal);
}

// One after the other: a configuration that is too long for a QR code is shown all the same.
async function fillConfig(page, of, { said, picture, words }, gone) {
  try {
    const config = await page.get("/v1/endpoint-config", of);
    gone.throwIfAborted();
    words.textContent = config.text;
    if (!config.private_key_kept) {
      said.say("The gateway does not have the private key: its place in this configuration is left to whoever has it.", "warn");
    }
    const code = await page.get("/v1/endpoint-qr", of);
    gone.throwIfAborted();
    picture.replaceChildren(drawQr(code));
  } catch (failure) {
    if (!gone.aborted) {
      said.say(failure.message);
    }
  }
}

export function openEndpoints(page) {
  const [all, each] = [networks(), endpoints(page)];
  return {
    nodes: [section("Networks", all.node), section("Endpoints", each.node)],
    async look() {
      all.show((await page.get("/v1/show/networks")).networks);
      each.show((await page.get("/v1/show/endpoints")).endpoints);
    },
  };
}
