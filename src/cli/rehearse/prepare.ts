import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Definition } from "../../../sandbox/definition.ts";
import { readSandboxFile } from "../../../sandbox/file.ts";
import { SluiceError } from "../../core/errors.ts";
import { clusterName } from "../../core/spec/semantics.ts";
import { phasesOf } from "../../phases/rollout.ts";
import { accountOf, rewriteArns, type SpecAccount } from "./account.ts";
import { type App, appImages, BAD_VERSION, USER_AGENT } from "./app.ts";
import type { LoadOptions } from "./load.ts";
import { checkOptions, type RehearseOptions, type RehearseSettings } from "./options.ts";
import type { ReleasePlan } from "./release.ts";
import { type RehearsalSpec, shortenSpec } from "./spec.ts";
import { approveSteps, stepLabels } from "./steps.ts";
import type { StepLabel } from "./timeline.ts";
import type { WatchedRoutes } from "./watch.ts";

/** A production route as the load uses it. */
export interface LoadedRoute {
  readonly listenerArn: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** All that a rehearsal goes by. */
export interface Rehearsal {
  readonly definition: Definition;
  /** Where images' directories start from. */
  readonly directory: string;
  readonly mainBundle: string;
  readonly spec: RehearsalSpec;
  readonly routes: readonly LoadedRoute[];
  readonly watched: WatchedRoutes;
  readonly phases: readonly string[];
  readonly steps: readonly StepLabel[];
  readonly releases: readonly ReleasePlan[];
  readonly settings: RehearseSettings;
  /** Of a service that is not the example: it does not name its version in its answers. */
  readonly app: App | undefined;
  readonly load: Pick<LoadOptions, "paths" | "slowShare" | "slowMs" | "writeShare" | "headers">;
}

/** AWS's own waits, between health checks and for draining, pass this many times faster. */
export const SPEED = 4;

/** Requests in flight while their task drains: shorter than a deregistration delay is here. */
const SLOW_MS = 500;

/** Everything that can be wrong with options and files is said before anything is started. */
export function prepare(options: RehearseOptions): Rehearsal {
  const settings = checkOptions(options);
  const mainBundle = options.bundle ?? join(packageRoot(), "dist", "main.js");
  const described = options.app === undefined ? example(options, settings) : ownService(options, settings);
  const { spec, badName, badImage } = described;
  const { strategy, service } = spec.service;
  const release = {
    strategy,
    specText: spec.text,
    approvals: approveSteps(spec.service, settings.desiredCount),
  };
  const good = `${service}:2`;
  return {
    ...described,
    mainBundle,
    settings,
    definition: inRehearsalTime(described.definition, settings.desiredCount),
    phases: ["plan", ...phasesOf(strategy)],
    steps: stepLabels(spec.service, settings.desiredCount),
    releases: [
      { ...release, name: good, image: good, runId: "1001", expected: "released" },
      { ...release, name: badName, image: badImage, runId: "1002", expected: "rolled-back" },
    ],
  };
}

type Described = Pick<
  Rehearsal,
  "definition" | "directory" | "spec" | "routes" | "watched" | "app" | "load"
> & {
  readonly badName: string;
  readonly badImage: string;
};

function example(options: RehearseOptions, settings: RehearseSettings): Described {
  const folder = join(packageRoot(), "examples", "orders");
  const file = readSandboxFile(join(folder, "sandbox.yml"));
  if (file.kind === "problems") throw new SluiceError("configuration", file.problems.join("\n"));
  const specPath = options.spec ?? join(folder, "sluice.yml");
  const spec = shortenSpec(readOrThrow(specPath), specPath, { ...settings, service: options.service });
  const { service, cluster, traffic } = spec.service;
  const stands = file.definition.services.some(({ name }) => name === service);
  if (!stands || clusterName(cluster) !== file.definition.cluster) {
    throw new SluiceError(
      "configuration",
      `--spec: ${specPath} is of the service ${service} in cluster ${clusterName(cluster)}, which is not the example`,
      { hint: "Give the command that serves it: --app 'node server.mjs'" },
    );
  }
  const routes = traffic.production.map((route) => route["listener-rule"] ?? route.listener ?? "");
  return {
    definition: file.definition,
    directory: file.directory,
    spec,
    routes: [{ listenerArn: "", headers: {} }],
    watched: {
      production: routes[0] ?? "",
      test: traffic.test["listener-rule"] ?? traffic.test.listener ?? "",
    },
    app: undefined,
    load: { slowMs: SLOW_MS },
    badName: "orders:3, which fails 20 %",
    badImage: "orders:3",
  };
}

function ownService(options: RehearseOptions, settings: RehearseSettings): Described {
  const { app: command = "", spec: specPath = "", badApp: badCommand, environment } = options;
  const directory = process.cwd();
  const app: App = { ...settings, command, badCommand, directory, environment };
  let account: SpecAccount | undefined;
  const wanted = { ...settings, service: options.service };
  const spec = shortenSpec(readOrThrow(specPath), specPath, wanted, (raw, given) => {
    const letThrough = given["smoke-checks"].map(({ path }) => path);
    const proxy = { script: join(packageRoot(), "src", "cli", "rehearse", "misbehave.mjs"), letThrough };
    account = accountOf(given, { ...settings, images: appImages(given.service, app, proxy) });
    return rewriteArns(raw, account);
  });
  if (!account) throw new SluiceError("internal", "no account was made for the spec");
  const { service } = spec.service;
  return {
    definition: account.definition,
    directory,
    spec,
    routes: account.routes,
    watched: { production: account.routes[0]?.routeArn ?? "", test: account.testRouteArn },
    app,
    load: {
      paths: { read: settings.paths },
      slowShare: 0,
      writeShare: 0,
      headers: { "user-agent": USER_AGENT },
    },
    badName: `${service}:${BAD_VERSION}, ${badCommand === undefined ? "which fails 20 %" : "by --bad-app"}`,
    badImage: `${service}:${BAD_VERSION}`,
  };
}

/** A container's stop timeout stays as long as it says; a busy machine is given time to answer health checks. */
function inRehearsalTime(definition: Definition, desiredCount: number): Definition {
  return {
    ...definition,
    targetGroups: definition.targetGroups.map((group) => ({
      ...group,
      healthCheck: { ...group.healthCheck, timeoutSeconds: 4, unhealthyThreshold: 5 },
    })),
    services: definition.services.map((service) => ({
      ...service,
      desiredCount,
      taskDefinition: {
        ...service.taskDefinition,
        stopTimeoutSeconds: (service.taskDefinition.stopTimeoutSeconds ?? 30) * SPEED,
      },
    })),
  };
}

/** The folder that has dist/ and examples/: this code runs from dist/cli.js, or from the sources. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "action.yml"))) {
    const parent = resolve(folder, "..");
    if (parent === folder) throw new SluiceError("internal", "the package's own folder cannot be found");
    folder = parent;
  }
  return folder;
}

function readOrThrow(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new SluiceError("configuration", `--spec: ${path} cannot be read (${code})`);
  }
}
