import { SluiceError } from "../../core/errors.ts";
import type { Screen } from "./display.ts";
import type { Strategy } from "./spec.ts";

/** What the command line says, as it says it. */
export interface RehearseOptions {
  /** Default: that of the spec. */
  readonly strategy?: string;
  /** Default: that of the example service. */
  readonly spec?: string;
  /** Which service of the spec. */
  readonly service?: string;
  /** The command of a service that is not the example. */
  readonly app?: string;
  readonly badApp?: string;
  readonly versionEnv?: string;
  readonly healthPath?: string;
  readonly path?: readonly string[];
  readonly desiredCount?: string;
  readonly requestsPerSecond?: string;
  /** Where to write the whole report. */
  readonly json?: string;
  /** The action's bundle. Default: that of this package. */
  readonly bundle?: string;
  readonly screen: Screen;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** The same, checked. */
export interface RehearseSettings {
  readonly strategy: Strategy | undefined;
  readonly desiredCount: number;
  readonly requestsPerSecond: number;
  readonly healthPath: string;
  readonly paths: readonly string[];
  readonly versionVariable: string;
}

const STRATEGIES: readonly Strategy[] = ["canary", "blue-green", "rolling"];
const DESIRED_COUNT = { least: 1, most: 20, usual: 4 };
/** With fewer, gates would wait for evidence; more, and this machine is what is measured. */
const REQUESTS_PER_SECOND = { least: 20, most: 1000, usual: 320 };
const APP_OPTIONS = ["badApp", "versionEnv", "healthPath", "path"] as const;
const FLAGS = {
  badApp: "--bad-app",
  versionEnv: "--version-env",
  healthPath: "--health-path",
  path: "--path",
};

/** Throws "configuration" with all that is wrong. */
export function checkOptions(options: RehearseOptions): RehearseSettings {
  const problems: string[] = [];
  const { healthPath = "/", path: paths = ["/"], versionEnv: versionVariable = "VERSION" } = options;
  const strategy = STRATEGIES.find((known) => known === options.strategy);
  if (options.strategy !== undefined && strategy === undefined) {
    problems.push(`--strategy: ${options.strategy} is none of ${STRATEGIES.join(", ")}`);
  }
  if (options.app !== undefined && options.spec === undefined) {
    problems.push("--app: it needs --spec FILE, the spec of the service that the command serves");
  }
  if (options.app?.trim() === "") problems.push("--app: the command is empty");
  for (const name of APP_OPTIONS) {
    if (options[name] !== undefined && options.app === undefined)
      problems.push(`${FLAGS[name]}: it belongs to --app`);
  }
  for (const [flag, path] of [["--health-path", healthPath], ...paths.map((one) => ["--path", one])]) {
    if (!path?.startsWith("/")) problems.push(`${flag}: ${path} does not begin with /`);
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(versionVariable)) {
    problems.push(`--version-env: ${versionVariable} is no name of a variable`);
  }
  const count = (flag: string, text: string | undefined, range: typeof DESIRED_COUNT): number => {
    const number = text === undefined ? range.usual : Number(text);
    if (Number.isInteger(number) && number >= range.least && number <= range.most) return number;
    problems.push(`${flag}: ${text} is no whole number from ${range.least} to ${range.most}`);
    return range.usual;
  };
  const desiredCount = count("--desired-count", options.desiredCount, DESIRED_COUNT);
  const requestsPerSecond = count("--requests-per-second", options.requestsPerSecond, REQUESTS_PER_SECOND);
  if (problems.length > 0) throw new SluiceError("configuration", problems.join("\n"));
  return { strategy, desiredCount, requestsPerSecond, healthPath, paths, versionVariable };
}
