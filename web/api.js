// SPDX-License-Identifier: GPL-2.0-or-later
// Requests to the gateway's API, with the token of this browser tab.

const KEY = "sluice-token";
const PATIENCE_MS = 10_000;

// status 0: nobody answered.
export class ApiError extends Error {
  constructor(status, message, complaints = []) {
    super(message);
    this.status = status;
    this.complaints = complaints;
  }

  get isUnauthorized() {
    return this.status === 401;
  }

  get isUnreachable() {
    return this.status === 0 || this.status >= 502;
  }
}

export const token = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
  // A header takes no others.
  isPossible: (value) => /^[\x21-\x7e]+$/.test(value),
};

async function refusal(response) {
  const body = await response.json().catch(() => null);
  const error = body?.error ?? {};
  return new ApiError(response.status, error.message ?? `status ${response.status}`, error.complaints ?? []);
}

async function send(target, options, signal) {
  const headers = { Authorization: `Bearer ${token.get()}`, ...options.headers };
  let response;
  try {
    response = await fetch(target, { ...options, headers, signal, cache: "no-store", credentials: "omit" });
  } catch (failure) {
    if (failure.name === "AbortError") {
      throw failure;
    }
    throw new ApiError(0, failure.name === "TimeoutError" ? "no answer within 10 s" : "no connection");
  }
  if (!response.ok) {
    throw await refusal(response);
  }
  return response;
}

function inTime(signal) {
  return AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)].filter(Boolean));
}

// The end of an answer whose beginning came.
async function whole(reading) {
  try {
    return await reading;
  } catch (failure) {
    throw failure.name === "AbortError" ? failure : new ApiError(0, "the answer broke off");
  }
}

export async function get(target, signal) {
  const response = await send(target, {}, inTime(signal));
  return whole(response.json());
}

// A change of the document takes the time that it takes, and ends whether somebody waits for it or not.
export async function post(target, body) {
  const options = { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await send(target, options);
  return whole(response.json());
}

// Calls onLine with each line of JSON, until the answer ends or the signal aborts it.
export async function follow(target, signal, onLine) {
  const response = await send(target, {}, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await whole(reader.read());
    if (done) {
      return;
    }
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    lines.filter(Boolean).forEach((line) => onLine(JSON.parse(line)));
  }
}

export function query(target, values) {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `${target}?${new URLSearchParams(given)}` : target;
}
