// SPDX-License-Identifier: GPL-2.0-or-later
// The frame of the page: sign in, one tab for each view, and what is said above all of them.

import { ApiError, get, post, query, token } from "./api.js";
import { element, notice, setBadge, setText } from "./dom.js";
import { openDrops } from "./drops.js";
import { openEndpoints } from "./endpoints.js";
import { openFlows } from "./flows.js";
import { openHistory } from "./history.js";
import { openInterfaces } from "./interfaces.js";
import { keepFollowing, repeat } from "./loop.js";
import { openOverview } from "./overview.js";
import { openServices } from "./services.js";
import { openSignIn } from "./sign_in.js";

const VIEWS = {
  overview: ["Overview", openOverview],
  interfaces: ["Interfaces", openInterfaces],
  flows: ["Flows", openFlows],
  drops: ["Drops", openDrops],
  services: ["Services", openServices],
  endpoints: ["Endpoints", openEndpoints],
  history: ["History", openHistory],
};

const [host, summary, signOut, banner, tabs, main] =
  ["host", "summary", "sign-out", "banner", "tabs", "view"].map((id) => document.getElementById(id));
const stateBadge = element("span");
const revision = element("span");
const pending = element("a", { href: "#/history", class: "badge warn", hidden: true });

let left = new AbortController();   // aborted when another view is opened
let web = null;                     // what /v1/web answered

// Escapes (%XX) are taken where they are right.
function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function takeTokenOfAddress() {
  const given = /^#token=(.*)$/.exec(location.hash);
  if (!given) {
    return false;
  }
  history.replaceState(null, "", `${location.pathname}#/overview`);
  const value = unescaped(given[1]);
  if (token.isPossible(value)) {
    token.set(value);
  }
  return token.isPossible(value);
}

function sayBanner(failure) {
  const unreachable = failure?.isUnreachable ?? false;
  banner.hidden = !unreachable;
  setText(banner, unreachable ? `The gateway does not answer (${failure.message}). Trying again.` : "");
  document.body.classList.toggle("stale", unreachable);
}

function showSummary(status) {
  setBadge(stateBadge, status.state);
  setText(revision, `revision ${status.revision ?? "–"}, ${status.engine ?? "no engine"}`);
  const waits = status.pending_confirmation;
  pending.hidden = !waits;
  setText(pending, waits ? `revision ${waits.revision} waits to be confirmed` : "");
}

function leave() {
  left.abort();
  left = new AbortController();
  return left.signal;
}

function signInAgain(reason) {
  token.forget();
  web = null;
  showFrame(false);
  leave();
  main.replaceChildren(openSignIn(reason, (given) => {
    token.set(given);
    start();
  }));
}

function showFrame(isShown) {
  tabs.hidden = summary.hidden = signOut.hidden = !isShown;
  if (!isShown) {
    host.textContent = document.title = "sluice";
    sayBanner(null);
  }
}

// What each failed request means for the frame; what is left is the view's own to say.
function heed(failure) {
  if (!(failure instanceof ApiError)) {
    console.error(failure);
  } else if (failure.isUnauthorized) {
    signInAgain("The gateway refused the token.");
  } else {
    sayBanner(failure);
  }
}

// What a view may use of the frame.
function pageFor(signal, feedRefused) {
  let feed = null;
  const unfollow = () => feed?.abort();
  return {
    signal,
    allows: (name) => web.allow.includes(name),
    get: (target, values = {}) => get(query(target, values), signal),
    post,
    unfollow,
    // Another feed takes the place of the one before.
    follow(target, values, onLine) {
      unfollow();
      const own = feed = new AbortController();
      const handlers = { onLine, onFailure: heed, onRefused: feedRefused.say };
      keepFollowing(query(target, values), AbortSignal.any([signal, own.signal]), handlers);
    },
  };
}

async function look(view, page, refused) {
  try {
    const status = await page.get("/v1/status");
    sayBanner(null);
    showSummary(status);
    await view.look?.(status);
    refused.say("");
  } catch (failure) {
    if (page.signal.aborted) {
      return;
    }
    heed(failure);
    refused.say(failure.isUnreachable ? "" : failure.message);
  }
}

function nameOfAddress() {
  const name = location.hash.replace(/^#\//, "");
  return Object.hasOwn(VIEWS, name) ? name : "overview";
}

function openView() {
  const name = nameOfAddress();
  const [title, open] = VIEWS[name];
  const signal = leave();
  const [refused, feedRefused] = [notice("alert"), notice("alert")];
  const page = pageFor(signal, feedRefused);
  const view = open(page);
  for (const tab of tabs.children) {
    tab.setAttribute("aria-selected", tab.id === `tab-${name}`);
  }
  main.setAttribute("aria-labelledby", `tab-${name}`);
  main.replaceChildren(refused.node, feedRefused.node, ...view.nodes);
  document.title = `${title} – ${web.host}`;
  repeat(signal, () => look(view, page, refused));
}

async function start() {
  const signal = leave();
  main.replaceChildren(element("p", {}, "Connecting …"));
  await repeat(signal, async () => {
    try {
      web = await get("/v1/web", signal);
    } catch (failure) {
      if (!signal.aborted) {
        heed(failure);
      }
      return;
    }
    sayBanner(null);
    host.textContent = web.host;
    showFrame(true);
    openView();
  });
}

function makeTabs() {
  tabs.append(...Object.entries(VIEWS).map(([name, [title]]) =>
    element("a", { role: "tab", id: `tab-${name}`, href: `#/${name}`, "aria-controls": "view", "aria-selected": "false" }, title)));
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const all = [...tabs.children];
    const next = step && all.at((all.indexOf(document.activeElement) + step) % all.length);
    next?.focus();
  });
  main.setAttribute("role", "tabpanel");
}

window.addEventListener("hashchange", () => {
  if (takeTokenOfAddress()) {
    start();
  } else if (web) {
    openView();
  }
});
signOut.addEventListener("click", () => signInAgain(""));
summary.append(stateBadge, " ", revision, " ", pending);
makeTabs();
showFrame(false);
takeTokenOfAddress();
if (token.get()) {
  start();
} else {
  signInAgain("");
}
