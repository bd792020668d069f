// SPDX-License-Identifier: GPL-2.0-or-later
// A QR code that the gateway made, as a drawing: each run of dark modules of a row is a rectangle.

import { drawing } from "./dom.js";

const QUIET = 4;   // modules of margin that readers need (ISO/IEC 18004)

function runs(row) {
  return [...row.matchAll(/1+/g)].map((run) => ({ x: run.index, width: run[0].length }));
}

export function drawQr({ size, rows }) {
  const whole = size + 2 * QUIET;
  const dark = rows.flatMap((row, y) => runs(row).map(({ x, width }) => drawing("rect", { x: x + QUIET, y: y + QUIET, width, height: 1 })));
  return drawing("svg", { class: "qr", viewBox: `0 0 ${whole} ${whole}`, role: "img", "aria-label": "QR code of the configuration", "shape-rendering": "crispEdges" },
    drawing("rect", { class: "light", width: whole, height: whole }), drawing("g", {}, ...dark));
}
