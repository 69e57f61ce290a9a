// @ts-check
import { parseFault } from "./fault.mjs";

/**
 * @typedef {object} Config
 * @property {string} host
 * @property {number} port 0 takes any free port
 * @property {string} version sent with every response as `x-version`
 * @property {import("./fault.mjs").Fault} fault
 * @property {number} warmUpMs from the start until /readyz may answer 200
 * @property {number} lameDuckMs from SIGTERM until the server stops accepting connections
 * @property {number} stopTimeoutMs from SIGTERM until ECS sends SIGKILL: the container's `stopTimeout`
 */

/** What is kept free between the end of this process's own patience and SIGKILL. */
const KILL_MARGIN_MS = 1000;

/**
 * The longest that a stopping process waits for anything, so that it ends by itself and not by SIGKILL.
 *
 * @param {Config} config
 */
export const hardLimitMs = (config) => config.stopTimeoutMs - KILL_MARGIN_MS;

/**
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {Config}
 * @throws {Error} that names the variable and what it should have been
 */
export function readConfig(env) {
  const config = {
    host: env.HOST || "0.0.0.0",
    port: readPort(env.PORT ?? "8080"),
    version: readVersion(env.VERSION ?? "dev"),
    fault: parseFault(env.FAULT),
    warmUpMs: readSecondsMs(env, "WARM_UP_SECONDS", "0.5"),
    lameDuckMs: readSecondsMs(env, "LAME_DUCK_SECONDS", "3"),
    stopTimeoutMs: readSecondsMs(env, "STOP_TIMEOUT_SECONDS", "10"),
  };
  if (config.lameDuckMs >= hardLimitMs(config)) {
    throw new Error("LAME_DUCK_SECONDS must end more than a second before STOP_TIMEOUT_SECONDS");
  }
  return config;
}

/** @param {string} text */
function readPort(text) {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`PORT "${text}" is not a number from 0 to 65535`);
}

/** @param {string} text */
function readVersion(text) {
  if (/^[\w.+-]{1,100}$/.test(text)) return text;
  throw new Error(`VERSION "${text}" has other characters than letters, digits, ".", "_", "+" and "-"`);
}

/**
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {string} name
 * @param {string} fallback
 */
function readSecondsMs(env, name, fallback) {
  const text = env[name] ?? fallback;
  if (/^\d{1,4}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  throw new Error(`${name} "${text}" is not a number of seconds, such as 3 or 0.5`);
}
