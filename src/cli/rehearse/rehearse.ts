import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readSandboxFile } from "../../../sandbox/file.ts";
import { createSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { SluiceError } from "../../core/errors.ts";
import { parseSpec } from "../../core/spec/parse.ts";
import { Display, type Screen } from "./display.ts";
import { type Load, startLoad } from "./load.ts";
import { type ReleasePlan, rehearseRelease } from "./release.ts";
import { type RehearsalReport, renderSummary, reportOf } from "./report.ts";
import { shortenSpec } from "./spec.ts";
import { ServiceWatch } from "./watch.ts";
import { openFeed } from "./websocket.ts";

export interface RehearseOptions {
  readonly strategy: string;
  /** Default: that of the example service. */
  readonly spec?: string;
  /** Where to write the whole report. */
  readonly json?: string;
  readonly screen: Screen;
  readonly environment: { readonly NO_COLOR?: string | undefined };
  readonly signal: AbortSignal;
}

const REQUESTS_PER_SECOND = 320;
const READY_MS = 60_000;
const STRATEGIES = ["blue-green"];
const PHASES = ["plan", "stage", "verify", "promote", "finish"];
/** CloudWatch's minutes, shortened to what a rehearsal can wait for. */
const QUICK_METRICS = { metricPeriodSeconds: 1, metricDelayMs: 500 };

/**
 * Rehearses a good and a bad release of the example service on a local AWS, under load, through the action's
 * own bundle. Returns the exit status: 0 only if both ended as they must, with no request failed in the good
 * one and no safety rule broken in either; 2 for options that cannot be used.
 */
export async function rehearseCommand(options: RehearseOptions): Promise<number> {
  const display = new Display(options.screen, options.environment);
  try {
    const rehearsal = prepare(options);
    const report = await rehearse(rehearsal, display, options.signal);
    if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    display.say(`\n${renderSummary(report, display.paint)}`);
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    display.say(display.paint(error.message, "bad"));
    if (error.hint) display.say(error.hint);
    return 2;
  }
}

interface Rehearsal {
  readonly definition: Extract<ReturnType<typeof readSandboxFile>, { kind: "definition" }>;
  readonly mainBundle: string;
  readonly service: string;
  readonly productionRoute: string;
  readonly shortened: readonly string[];
  readonly releases: readonly ReleasePlan[];
}

/** Everything that can be wrong with options and files is said before anything is started. */
function prepare(options: RehearseOptions): Rehearsal {
  const root = packageRoot();
  const example = join(root, "examples", "orders");
  if (!STRATEGIES.includes(options.strategy)) {
    throw new SluiceError(
      "configuration",
      `--strategy: ${options.strategy} is none of ${STRATEGIES.join(", ")}`,
    );
  }
  const specPath = options.spec ?? join(example, "sluice.yml");
  const { text, shortened } = shortenSpec(readOrThrow(specPath), specPath);
  const parsed = parseSpec(text, specPath);
  const [service] = parsed.kind === "spec" ? parsed.spec.services : [];
  const [route] = service?.traffic.production ?? [];
  if (!service || !route)
    throw new SluiceError("internal", `${specPath} has no service after it was shortened`);
  const definition = readSandboxFile(join(example, "sandbox.yml"));
  if (definition.kind === "problems") throw new SluiceError("configuration", definition.problems.join("\n"));
  const release = { strategy: options.strategy, specText: text };
  return {
    definition,
    mainBundle: join(root, "dist", "main.js"),
    service: service.service,
    productionRoute: route["listener-rule"] ?? route.listener ?? "",
    shortened,
    releases: [
      { ...release, name: "orders:2", image: "orders:2", runId: "1001", expected: "released" },
      {
        ...release,
        name: "orders:3, which fails 20 %",
        image: "orders:3",
        runId: "1002",
        expected: "rolled-back",
      },
    ],
  };
}

async function rehearse(
  rehearsal: Rehearsal,
  display: Display,
  signal: AbortSignal,
): Promise<RehearsalReport> {
  display.say(
    "A local AWS starts, with the service orders in it: four tasks of version 1 behind a load balancer.",
  );
  const sandbox = await createSandbox({ ...rehearsal.definition, settings: QUICK_METRICS });
  try {
    await sandbox.ready(READY_MS);
    const url = sandbox.listeners[0]?.url ?? "";
    display.say(`AWS ${sandbox.endpoint}   load balancer ${url}   load ${REQUESTS_PER_SECOND} requests/s`);
    if (rehearsal.shortened.length > 0)
      display.say(`Shortened for the rehearsal: ${rehearsal.shortened.join(", ")}`);
    const load = startLoad({
      url,
      requestsPerSecond: REQUESTS_PER_SECOND,
      random: Math.random,
      nowMs: Date.now,
    });
    const feed = openFeed({
      url: `${url.replace(/^http/, "ws")}/feed`,
      onEvent: () => undefined,
      random: Math.random,
      nowMs: Date.now,
    });
    try {
      return await releaseAll(rehearsal, { sandbox, load, display, signal });
    } finally {
      await Promise.all([load.stop(), feed.close()]);
    }
  } finally {
    await sandbox.close();
  }
}

async function releaseAll(
  rehearsal: Rehearsal,
  parts: { sandbox: Sandbox; load: Load; display: Display; signal: AbortSignal },
): Promise<RehearsalReport> {
  const { sandbox, load, display, signal } = parts;
  const watch = new ServiceWatch(sandbox, rehearsal.service, rehearsal.productionRoute);
  const reports = [];
  for (const plan of rehearsal.releases) {
    if (signal.aborted) break;
    display.begin({ name: plan.name, strategy: plan.strategy, phases: PHASES });
    const released = await rehearseRelease(plan, {
      sandbox,
      load,
      watch,
      mainBundle: rehearsal.mainBundle,
      nowMs: Date.now,
      violations: () => sandbox.monitor.violations.map(({ rule, message }) => `${rule}: ${message}`),
      onEvent: (event) => display.show(event),
      signal,
    });
    display.end();
    reports.push(released.report);
    if (!released.report.ok) explain(released, display);
  }
  return reportOf(reports);
}

/** When a release did not end as it must, what its job said and which requests failed is what one wants to see. */
function explain(
  { job, failures, report }: Awaited<ReturnType<typeof rehearseRelease>>,
  display: Display,
): void {
  display.say(display.paint(`\nThe job's log (exit status ${job.exitCode}):`, "strong"));
  display.say(job.log.trimEnd());
  for (const violation of report.violations) display.say(display.paint(`violation: ${violation}`, "bad"));
  for (const { atMs, kind, version, request, seen } of failures.slice(0, 10)) {
    display.say(`failed: ${new Date(atMs).toISOString()} ${kind} version ${version} ${request}: ${seen}`);
  }
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
