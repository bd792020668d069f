// SPDX-License-Identifier: GPL-2.0-or-later
// Dialogs. One is gone with all that is in it when it is closed, or when its view is left.

import { button, element, notice } from "./dom.js";

export function openDialog(title, signal, ...children) {
  const close = () => dialog.close();
  const dialog = element("dialog", { "aria-label": title }, element("h2", {}, title), ...children);
  dialog.addEventListener("close", () => {
    signal.removeEventListener("abort", close);
    dialog.replaceChildren();
    dialog.remove();
  });
  signal.addEventListener("abort", close);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Asks before something is done. `act` gets the reason that was typed; a failure is said, and it may be tried again.
export function ask({ title, explanation, action, signal, act }) {
  const why = element("input", { type: "text", name: "why", maxlength: 200, autocomplete: "off" });
  const said = notice("alert");
  const go = element("button", { type: "submit", class: "primary" }, action);
  const form = element("form", {}, element("p", {}, explanation),
    element("label", {}, "Why (it is kept in the history) ", why), said.node,
    element("div", { class: "buttons" }, button("Cancel", () => dialog.close()), go));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      await act(why.value);
      dialog.close();
    } catch (failure) {
      said.say([failure.message, ...(failure.complaints ?? []).map((one) => one.text)].join("\n"));
      go.disabled = false;
    }
  });
  const dialog = openDialog(title, signal, form);
}
