// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers and times as people read them. null: the engine cannot know it.

const UNKNOWN = "–";

function known(value, write) {
  return value === null || value === undefined ? UNKNOWN : write(value);
}

function scaled(value, step, units) {
  let power = 0;
  while (value >= step && power < units.length - 1) {
    value /= step;
    power += 1;
  }
  const digits = power === 0 && Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${units[power]}`;
}

export const text = (value) => known(value === "" ? null : value, String);
export const list = (values) => text((values ?? []).join(", "));
export const count = (value) => known(value, (number) => number.toLocaleString("en-US"));
export const bytes = (value) => known(value, (number) => scaled(number, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]));
export const bitRate = (perSecond) => known(perSecond, (number) => scaled(number * 8, 1000, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]));
export const packetRate = (perSecond) => known(perSecond, (number) => `${scaled(number, 1000, ["", "k", "M", "G"]).trim()} packets/s`);
export const milliseconds = (value) => known(value, (number) => `${number.toFixed(1)} ms`);

export function duration(seconds) {
  const units = [[86400, "d"], [3600, "h"], [60, "min"]];
  const [size, unit] = units.find(([least]) => seconds >= least) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

export const seconds = (value) => known(value, duration);

export function secondsSince(time) {
  return Math.max(0, (Date.now() - Date.parse(time)) / 1000);
}

export const ago = (time) => known(time, (given) => `${duration(secondsSince(given))} ago`);

// By the clock of the place where it is read: 2026-11-27 18:29:40.
export const moment = (time) => known(time, (given) => new Date(given).toLocaleString("sv-SE"));

export const clock = (time) => known(time, (given) => new Date(given).toLocaleTimeString("sv-SE"));

export function end(address, port) {
  if (port === null || port === undefined) {
    return text(address);
  }
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
