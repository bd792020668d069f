// SPDX-License-Identifier: GPL-2.0-or-later
// What was carried in the last two minutes, as a line each for what came in and what left.

import { drawing } from "./dom.js";
import { bitRate } from "./format.js";

const SPAN_MS = 120_000;
const WIDTH = 240;
const HEIGHT = 48;

// { when, received, sent } in ms and bytes per second; what nobody knows is left out.
export class Samples {
  #kept = [];

  add(received, sent, when = performance.now()) {
    if (received === null || received === undefined) {
      return;
    }
    this.#kept.push({ when, received, sent });
    this.#kept = this.#kept.filter((sample) => when - sample.when <= SPAN_MS);
  }

  get all() {
    return this.#kept;
  }

  get most() {
    return Math.max(0, ...this.#kept.flatMap((sample) => [sample.received, sample.sent ?? 0]));
  }
}

function line(samples, of, most, now) {
  const known = (sample) => sample[of] !== null && sample[of] !== undefined;
  return samples.filter(known).map((sample) => {
    const x = WIDTH * (1 - (now - sample.when) / SPAN_MS);
    const y = HEIGHT - 1 - (HEIGHT - 4) * (most > 0 ? sample[of] / most : 0);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  }).join(" ");
}

export class Sparkline {
  constructor() {
    this.title = drawing("title");
    this.received = drawing("polyline", { class: "received" });
    this.sent = drawing("polyline", { class: "sent" });
    this.node = drawing("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" },
      this.title, this.received, this.sent);
  }

  show(samples, now = performance.now()) {
    const most = samples.most;
    this.received.setAttribute("points", line(samples.all, "received", most, now));
    this.sent.setAttribute("points", line(samples.all, "sent", most, now));
    this.title.textContent = `At most ${bitRate(most)} in the last two minutes`;
  }
}
