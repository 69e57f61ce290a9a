import type { ImageDefinition } from "../../../sandbox/definition.ts";

/** A service that is rehearsed by its command. */
export interface App {
  /** For a shell. */
  readonly command: string;
  /** What the bad release runs. Default: `command`, behind a proxy that fails one user in five. */
  readonly badCommand?: string | undefined;
  /** The variable that tells the command its version. */
  readonly versionVariable: string;
  /** Where it is run. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly healthPath: string;
  /** What users ask for. */
  readonly paths: readonly string[];
}

/** By this the proxy of the bad release knows users from health checks, smoke checks and curious people. */
export const USER_AGENT = "sluice-rehearsal";

export const BAD_VERSION = "3";

/** Credentials and settings of whatever this process runs in are none of a task's. */
const WITHHELD = /^(AWS|GITHUB|ACTIONS|RUNNER|INPUT)_|^(PORT|HOST)$/;

/** What stands for the images of an app: version 1 serves, 2 is a good release, 3 a bad one. */
export function appImages(
  service: string,
  app: App,
  proxy: { readonly script: string; readonly letThrough: readonly string[] },
): Readonly<Record<string, ImageDefinition>> {
  const image = (version: string, command: readonly string[]) =>
    [`${service}:${version}`, { command, ...surroundings(app, version) }] as const;
  const bad =
    app.badCommand === undefined
      ? [
          process.execPath,
          proxy.script,
          JSON.stringify({ ...proxy, userAgent: USER_AGENT }),
          ...shell(app.command),
        ]
      : shell(app.badCommand);
  return Object.fromEntries([
    image("1", shell(app.command)),
    image("2", shell(app.command)),
    image(BAD_VERSION, bad),
  ]);
}

function surroundings(app: App, version: string): Pick<ImageDefinition, "directory" | "environment"> {
  const kept = Object.entries(app.environment).flatMap(([name, value]) =>
    value === undefined || WITHHELD.test(name) ? [] : [[name, value] as const],
  );
  return {
    directory: app.directory,
    environment: { ...Object.fromEntries(kept), [app.versionVariable]: version },
  };
}

/**
 * ECS's SIGTERM goes to the whole process group. A shell would end by it, and take with it what still finishes its
 * requests: this one waits until the command has ended, and ends as it did.
 */
function shell(command: string): readonly string[] {
  const script = [
    "trap : TERM",
    `(\n${command}\n) &`,
    "child=$!",
    "while :; do",
    '  wait "$child"; code=$?',
    '  kill -0 "$child" 2>/dev/null || exit "$code"',
    "done",
  ];
  return ["/bin/sh", "-c", script.join("\n")];
}
