import { countOf } from "../count-words.ts";
import type { ServiceSpec } from "../spec/schema.ts";
import type { ServiceFacts } from "./facts.ts";
import { gateOf, type Look, type Outlook, outlookAt } from "./outlook.ts";
import { caughtWords, rate, time } from "./words.ts";

/** How a release should move its traffic, and why. Durations are whole minutes. */
export type Shape =
  | {
      readonly strategy: "canary";
      readonly steps: readonly { readonly weight: number; readonly bakeMs: number }[];
      readonly reasons: readonly string[];
    }
  | {
      readonly strategy: "blue-green";
      /** Undefined where the spec's own is long enough, or none would be. */
      readonly bakeMs: number | undefined;
      readonly reasons: readonly string[];
    }
  | { readonly strategy: "rolling"; readonly batchTasks: number; readonly reasons: readonly string[] };

/** First weights to try, the smallest harm first. */
const FIRST_WEIGHTS = [5, 10, 25, 50];
const SHORTEST_BAKE_MS = 300_000;
/** A first step may take so long … */
const GOOD_BAKE_MS = 900_000;
/** … and half of the traffic so long, before steps cost more patience than they are worth. */
const LONGEST_BAKE_MS = 3_600_000;
/** Waiting for pinned clients ends here. */
const LONGEST_STICKY_MS = 1_800_000;
const BATCH_PERCENT = 25;

/** The strategy that fits, from what rules others out to what tells them apart. */
export function shapeFor(spec: ServiceSpec, facts: ServiceFacts, look: Look): Shape {
  if (facts.oneVersionOnly) {
    return blueGreen(spec, facts, look, [
      "Two versions may not serve side by side: all traffic moves at once, and the old version stands by.",
    ]);
  }
  if (facts.spareTasks !== undefined && facts.spareTasks < facts.desiredCount) {
    return rolling(facts, facts.spareTasks);
  }
  if (!spec.gates.errors) {
    return blueGreen(spec, facts, look, [
      "The errors gate is off (gates.errors: false): steps would judge nothing, so they would only take time.",
    ]);
  }
  if (!facts.traffic) {
    return blueGreen(spec, facts, look, [
      "CloudWatch has no request of this service in the last day: the gate of a canary would have nothing to judge, and hold every release for a person.",
    ]);
  }
  return (
    canary(spec, facts, look, facts.traffic.perMinute.median) ??
    tooQuiet(spec, facts, look, facts.traffic.perMinute.median)
  );
}

function canary(spec: ServiceSpec, facts: ServiceFacts, look: Look, perMinute: number): Shape | undefined {
  const outlooks = FIRST_WEIGHTS.map((weight) => outlookAt(look, weight, perMinute));
  const isWithin = ({ neededMs }: Outlook, limitMs: number): boolean =>
    neededMs !== undefined && neededMs <= limitMs;
  const first =
    outlooks.find((outlook) => isWithin(outlook, GOOD_BAKE_MS)) ??
    outlooks.slice(-1).find((outlook) => isWithin(outlook, LONGEST_BAKE_MS));
  const smallest = outlooks[0];
  if (!first || !smallest) return undefined;
  const later = [25, 50].filter((weight) => weight > first.percent);
  const floorMs = Math.max(SHORTEST_BAKE_MS, Math.min(stickyMs(facts), LONGEST_STICKY_MS));
  const steps = [first.percent, ...later].map((weight) => ({
    weight,
    bakeMs: wholeMinutes(Math.max(floorMs, outlookAt(look, weight, perMinute).neededMs ?? 0)),
  }));
  const reasons = [
    evidenceReason(spec, first, perMinute),
    ...largerReason(first, smallest),
    capacityReason(facts.desiredCount, first.percent),
  ];
  return { strategy: "canary", steps, reasons };
}

function evidenceReason(spec: ServiceSpec, first: Outlook, perMinute: number): string {
  const { minRequests } = gateOf(spec);
  const judged = time(first.judgedMs ?? 0);
  const caught = caughtWords(first);
  const catches = caught === "" ? "" : `, and catches ${caught}, nine times in ten`;
  return `Users make ${rate(perMinute)} requests a minute (the median). At ${first.percent} % the new version gets ${rate(first.requestsPerMinute)} of them: the errors gate has its ${minRequests} requests after ${judged}${catches}.`;
}

function largerReason(first: Outlook, smallest: Outlook): readonly string[] {
  if (first.percent === smallest.percent) return [];
  const takes = smallest.neededMs === undefined ? "for ever" : time(smallest.neededMs);
  return [
    `A first step of ${smallest.percent} % would need ${takes} for the same evidence; ${first.percent} % needs ${time(first.neededMs ?? 0)}.`,
  ];
}

function capacityReason(desired: number, weight: number): string {
  const extra = Math.max(1, Math.ceil((desired * weight) / 100));
  const whole = `the old version keeps its ${countOf(desired, "task")} until the bake ends`;
  if (desired <= 1) {
    return `With 1 task even ${weight} % costs a whole task more, as much as blue-green does; the canary still lets fewer users meet a bad release.`;
  }
  return `It begins with ${countOf(extra, "task")} beside the ${desired}, and grows to ${desired}: ${whole}.`;
}

function tooQuiet(spec: ServiceSpec, facts: ServiceFacts, look: Look, perMinute: number): Shape {
  const half = outlookAt(look, 50, perMinute);
  const takes = half.neededMs === undefined ? "would never know enough" : `would need ${time(half.neededMs)}`;
  return blueGreen(spec, facts, look, [
    `Users make ${rate(perMinute)} requests a minute (the median): even at 50 % the errors gate ${takes} to judge. Steps would only wait; smoke checks have to find what users would.`,
  ]);
}

function blueGreen(spec: ServiceSpec, facts: ServiceFacts, look: Look, reasons: readonly string[]): Shape {
  const all = outlookAt(look, 100, facts.traffic?.perMinute.median ?? 0);
  const isLonger = all.neededMs !== undefined && all.neededMs > spec.bake && all.neededMs <= LONGEST_BAKE_MS;
  if (!isLonger || !spec.gates.errors) return { strategy: "blue-green", bakeMs: undefined, reasons };
  const reason = `With all traffic the gate knows enough after ${time(all.neededMs)}, which is longer than the bake of ${time(spec.bake)}.`;
  return { strategy: "blue-green", bakeMs: wholeMinutes(all.neededMs), reasons: [...reasons, reason] };
}

function rolling(facts: ServiceFacts, spareTasks: number): Shape {
  const usual = Math.max(1, Math.floor((facts.desiredCount * BATCH_PERCENT) / 100));
  const batchTasks = Math.max(1, Math.min(spareTasks, usual));
  const reason = `${countOf(spareTasks, "task")} can run beside the ${facts.desiredCount}: a canary and blue-green need room for ${facts.desiredCount}, a rolling release for one batch of ${countOf(batchTasks, "task")}.`;
  const price =
    "Its price: the old version has to be started again on the way back, so a rollback takes as long as its tasks do.";
  return { strategy: "rolling", batchTasks, reasons: [reason, price] };
}

export function stickyMs({ routes }: ServiceFacts): number {
  return 1000 * Math.max(0, ...routes.map(({ stickySeconds }) => stickySeconds ?? 0));
}

function wholeMinutes(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000;
}
