// @ts-check

/**
 * What is wrong with this version, on purpose.
 *
 * @typedef {{ readonly kind: "none" }
 *   | { readonly kind: "fail", readonly share: number }
 *   | { readonly kind: "reset", readonly share: number }
 *   | { readonly kind: "slow", readonly delayMs: number }
 *   | { readonly kind: "never-ready" }
 *   | { readonly kind: "crash-after", readonly delayMs: number }
 *   | { readonly kind: "crash-loop" }} Fault
 */

/**
 * What a fault does to one request of a user.
 *
 * @typedef {"answer" | "fail" | "reset"} Fate
 */

const UNIT_MS = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
]);

const FORMS = "fail:20%, reset:20%, slow:800ms, never-ready, crash-after:60s, crash-loop";

/**
 * Reads the value of `FAULT`. Nothing, or an empty text, is no fault.
 *
 * @param {string | undefined} text
 * @returns {Fault}
 * @throws {Error} on anything that is not exactly one of the forms
 */
export function parseFault(text) {
  if (text === undefined || text === "") return { kind: "none" };
  const [kind, value, ...rest] = text.split(":");
  if (rest.length === 0) {
    if (kind === "fail" || kind === "reset") return { kind, share: parseShare(text, value) };
    if (kind === "slow" || kind === "crash-after") return { kind, delayMs: parseDelay(text, value) };
    if ((kind === "never-ready" || kind === "crash-loop") && value === undefined) return { kind };
  }
  throw new Error(`FAULT "${text}" is none of: ${FORMS}`);
}

/**
 * @param {string} text
 * @param {string | undefined} value
 */
function parseShare(text, value) {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(value ?? "")?.[1] ?? Number.NaN);
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new Error(`FAULT "${text}" needs a share above 0% and up to 100%, as in fail:20%`);
}

/**
 * @param {string} text
 * @param {string | undefined} value
 */
function parseDelay(text, value) {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(value ?? "") ?? [];
  const delayMs = Number(amount) * (UNIT_MS.get(unit ?? "") ?? Number.NaN);
  if (delayMs > 0) return delayMs;
  throw new Error(`FAULT "${text}" needs a duration above 0 in ms, s or m, as in slow:800ms`);
}

/**
 * Draws the fate of one request. `random` is in [0, 1).
 *
 * @param {Fault} fault
 * @param {() => number} random
 * @returns {Fate}
 */
export function drawFate(fault, random) {
  if (fault.kind !== "fail" && fault.kind !== "reset") return "answer";
  return random() < fault.share ? fault.kind : "answer";
}
