// SPDX-License-Identifier: GPL-2.0-or-later
// Elements. What comes from the gateway becomes text of one, and never markup.

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) {
      made.addEventListener(key.slice(2), value);
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children);
  return made;
}

export function drawing(name, properties = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(properties).forEach(([key, value]) => made.setAttribute(key, value));
  made.append(...children);
  return made;
}

export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function button(label, onclick, properties = {}) {
  return element("button", { type: "button", onclick, ...properties }, label);
}

export function section(title, ...children) {
  return element("section", {}, element("h2", {}, title), ...children);
}

// Of states of everything that has one; what is not listed is neither good nor bad.
const TONES = {
  good: ["running", "up", "active", "established", "confirmed", "in force"],
  warn: ["degraded", "held", "pending", "draining", "half-open", "never", "rolled-back", "unknown", "empty"],
  bad: ["blocked", "lost", "down", "no-carrier", "missing", "failed", "expired"],
};

export function toneOf(state) {
  return Object.keys(TONES).find((tone) => TONES[tone].includes(state)) ?? "plain";
}

export function setBadge(node, state, tone = toneOf(state)) {
  node.className = `badge ${tone}`;
  setText(node, state);
}

export function badge(state, tone) {
  const made = element("span");
  setBadge(made, state, tone);
  return made;
}

// Something to say in a place of its own: notice.say("text", "bad"), notice.say("").
export function notice(role = "status") {
  const node = element("p", { role, hidden: true });
  return {
    node,
    say(text, tone = "bad") {
      node.className = `notice ${tone}`;
      node.hidden = text === "";
      setText(node, text);
    },
  };
}

// Terms with what is known of them, which is written anew each time.
export function facts() {
  const node = element("dl", { class: "facts" });
  const values = new Map();
  function place(term) {
    const value = element("dd");
    node.append(element("div", {}, element("dt", {}, term), value));
    values.set(term, value);
    return value;
  }
  return {
    node,
    say(term, text) {
      setText(values.get(term) ?? place(term), text);
    },
  };
}
