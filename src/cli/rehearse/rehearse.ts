import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { SluiceError } from "../../core/errors.ts";
import { Display } from "./display.ts";
import { type Load, startLoad } from "./load.ts";
import type { Audience } from "./load-request.ts";
import type { RehearseOptions } from "./options.ts";
import { prepare, type Rehearsal, SPEED } from "./prepare.ts";
import { rehearseRelease } from "./release.ts";
import { type RehearsalReport, renderSummary, reportOf } from "./report.ts";
import { COHORT_PERCENT, cohortHeaders } from "./steps.ts";
import { toldApart } from "./told-apart.ts";
import { tryApp } from "./try-app.ts";
import { ServiceWatch } from "./watch.ts";
import { openFeed } from "./websocket.ts";

const READY_MS = 60_000;
const APP_READY_MS = 20_000;
/** CloudWatch's minutes, shortened to what a rehearsal can wait for, and AWS's other waits. */
const QUICK = { speed: SPEED, metricPeriodSeconds: 1, metricDelayMs: 500 };

/**
 * Rehearses a good and a bad release of a service on a local AWS, under load, through the action's own bundle.
 * Returns the exit status: 0 only if both ended as they must, with no request failed in the good one and no
 * safety rule broken in either; 2 for options, and an app, that cannot be used.
 */
export async function rehearseCommand(options: RehearseOptions): Promise<number> {
  const display = new Display(options.screen, options.environment);
  try {
    const rehearsal = prepare(options);
    await tryOwnApp(rehearsal, display, options.signal);
    const report = await rehearse(rehearsal, display, options.signal);
    options.signal.throwIfAborted();
    if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    display.say(`\n${renderSummary(report, display.paint)}`);
    return report.ok ? 0 : 1;
  } catch (error) {
    if (options.signal.aborted) {
      display.say("Interrupted; nothing was left running.");
      return 1;
    }
    if (!(error instanceof SluiceError)) throw error;
    display.say(display.paint(error.message, "bad"));
    if (error.hint) display.say(error.hint);
    return 2;
  }
}

async function tryOwnApp(rehearsal: Rehearsal, display: Display, signal: AbortSignal): Promise<void> {
  const { app, definition } = rehearsal;
  const [image] = Object.values(definition.images);
  if (!app || !image) return;
  display.say(`The command is tried by itself: ${app.command}`);
  await tryApp({ ...app, image, timeoutMs: APP_READY_MS, nowMs: Date.now, signal });
}

async function rehearse(
  rehearsal: Rehearsal,
  display: Display,
  signal: AbortSignal,
): Promise<RehearsalReport> {
  const { spec, settings, definition, directory } = rehearsal;
  const tasks = settings.desiredCount === 1 ? "one task" : `${settings.desiredCount} tasks`;
  display.say(
    `A local AWS starts, with the service ${spec.service.service} in it: ${tasks} of version 1 behind a load balancer.`,
  );
  const sandbox = await createSandbox({ definition, directory, settings: QUICK });
  try {
    await sandbox.ready(READY_MS);
    // Targets that are healthy get requests only once every node of the load balancer knows them.
    await sleep(sandbox.settings.propagationDelayMs.max, undefined, { signal });
    announce(rehearsal, sandbox, display);
    const watch = new ServiceWatch(sandbox, spec.service.service, rehearsal.watched);
    await watch.look();
    const load = beginLoad(rehearsal, sandbox, watch);
    const feed = rehearsal.app ? undefined : beginFeed(sandbox);
    try {
      return await releaseAll(rehearsal, { sandbox, load, watch, display, signal });
    } finally {
      await Promise.all([load.stop(), feed?.close()]);
    }
  } finally {
    await sandbox.close();
  }
}

/** What differs from production is said before anything is judged by it. */
function announce({ spec, settings }: Rehearsal, sandbox: Sandbox, display: Display): void {
  const { paint } = display;
  const url = sandbox.listeners[0]?.url ?? "";
  const line = (name: string, text: string): void =>
    display.say(`  ${paint(name.padEnd(14), "faint")}${text}`);
  line("AWS", sandbox.endpoint);
  line("load balancer", `${url}, ${settings.requestsPerSecond} requests/s`);
  const waits = `AWS's own waits ${SPEED} times as fast`;
  for (const [index, text] of [...spec.changes, waits].entries()) line(index === 0 ? "changed" : "", text);
}

function beginLoad(
  { load, app, routes, spec, settings }: Rehearsal,
  sandbox: Sandbox,
  watch: ServiceWatch,
): Load {
  const urlOf = (arn: string): string =>
    (sandbox.listeners.find((listener) => listener.arn === arn) ?? sandbox.listeners[0])?.url ?? "";
  const [first] = routes;
  const cohorts = cohortHeaders(spec.service, settings.desiredCount);
  const cohortShare = COHORT_PERCENT / 100;
  const audiences: readonly Audience[] = [
    ...cohorts.map((headers) => ({ share: cohortShare, headers: { ...first?.headers, ...headers } })),
    ...routes.map(({ listenerArn, headers }) => ({
      share: (1 - cohorts.length * cohortShare) / routes.length,
      url: urlOf(listenerArn),
      headers,
    })),
  ];
  const begun = startLoad({
    ...load,
    audiences,
    url: urlOf(first?.listenerArn ?? ""),
    requestsPerSecond: settings.requestsPerSecond,
    random: Math.random,
    nowMs: Date.now,
  });
  return app ? toldApart(begun, { sandbox, watch, nowMs: Date.now }) : begun;
}

/** A WebSocket of the example, which has to be handed over like any request. */
function beginFeed(sandbox: Sandbox): { close(): Promise<void> } {
  const url = sandbox.listeners[0]?.url ?? "";
  return openFeed({
    url: `${url.replace(/^http/, "ws")}/feed`,
    onEvent: () => undefined,
    random: Math.random,
    nowMs: Date.now,
  });
}

async function releaseAll(
  rehearsal: Rehearsal,
  parts: { sandbox: Sandbox; load: Load; watch: ServiceWatch; display: Display; signal: AbortSignal },
): Promise<RehearsalReport> {
  const { sandbox, load, watch, display, signal } = parts;
  const reports = [];
  for (const plan of rehearsal.releases) {
    if (signal.aborted) break;
    const newVersion = plan.image.slice(plan.image.lastIndexOf(":") + 1);
    display.begin({ ...plan, newVersion, phases: rehearsal.phases, steps: rehearsal.steps });
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
    if (!released.report.ok && !signal.aborted) explain(released, display);
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
