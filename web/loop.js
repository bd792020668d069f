// SPDX-License-Identifier: GPL-2.0-or-later
// What is done again and again while the page is looked at: one look each 2 s, and at most one feed.
// The gateway answers few at once, and the pages of all browsers share that.

import { follow } from "./api.js";

const EACH_MS = 2_000;
const AGAIN_MS = 5_000;   // after a feed that was refused

function onceVisible(signal) {
  return new Promise((resolve) => {
    const look = () => {
      if (document.visibilityState === "visible" || signal.aborted) {
        document.removeEventListener("visibilitychange", look);
        signal.removeEventListener("abort", look);
        resolve();
      }
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
    look();
  });
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

export async function repeat(signal, look) {
  while (!signal.aborted) {
    await onceVisible(signal);
    if (!signal.aborted) {
      await look();
      await pause(EACH_MS, signal);
    }
  }
}

// A signal that is aborted when the page is hidden, or when the other one is.
function whileVisible(signal) {
  const made = new AbortController();
  const look = () => {
    if (signal.aborted || document.visibilityState !== "visible") {
      document.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", look);
      made.abort();
    }
  };
  document.addEventListener("visibilitychange", look);
  signal.addEventListener("abort", look);
  return made;
}

// onRefused gets the sentence of a refusal, and "" as soon as lines come.
async function followOnce(target, signal, { onLine, onRefused, onFailure }) {
  const visible = whileVisible(signal);
  try {
    await follow(target, visible.signal, (line) => {
      onRefused("");
      onLine(line);
    });
    return EACH_MS;
  } catch (failure) {
    if (visible.signal.aborted) {
      return 0;
    }
    onFailure(failure);
    onRefused(failure.isUnreachable || failure.isUnauthorized || !failure.status ? "" : failure.message);
    return failure.isUnreachable ? EACH_MS : AGAIN_MS;
  } finally {
    visible.abort();
  }
}

export async function keepFollowing(target, signal, handlers) {
  while (!signal.aborted) {
    await onceVisible(signal);
    if (!signal.aborted) {
      await pause(await followOnce(target, signal, handlers), signal);
    }
  }
}
