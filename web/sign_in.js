// SPDX-License-Identifier: GPL-2.0-or-later
// Asks for the token, which stays in this browser tab.

import { token } from "./api.js";
import { element, notice } from "./dom.js";

export function openSignIn(reason, signIn) {
  const said = notice("alert");
  said.say(reason);
  const input = element("input", { type: "password", name: "token", autocomplete: "off", required: true, autofocus: true });
  const form = element("form", { class: "sign-in" }, element("h2", {}, "Sign in"),
    element("label", {}, "Token of this gateway ", input), said.node,
    element("div", { class: "buttons" }, element("button", { type: "submit", class: "primary" }, "Sign in")),
    element("p", { class: "hint" }, "It is in the file that the document names (web.token_file), and is forgotten when this browser tab is closed."));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = input.value.trim();
    if (token.isPossible(given)) {
      signIn(given);
    } else {
      said.say("A token has letters, digits and signs, and no blanks.");
    }
  });
  return form;
}
