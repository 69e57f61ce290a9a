import { countOf } from "../count-words.ts";
import { regressionText } from "../outlook-words.ts";
import type { ServiceSpec } from "../spec/schema.ts";
import { weightSteps } from "../steps.ts";
import type { ServiceFacts, TrafficFacts } from "./facts.ts";
import { gateOf, type Look, outlookAt } from "./outlook.ts";
import { type Shape, stickyMs } from "./shape.ts";
import { percent, rate, time } from "./words.ts";

/** What may go wrong with a release of the service, whichever way it goes, the worst first. */
export function warningsFor(
  spec: ServiceSpec,
  facts: ServiceFacts,
  shape: Shape,
  look: Look,
): readonly string[] {
  const { traffic } = facts;
  return [
    ...(traffic ? baselineWarnings(spec, traffic) : []),
    ...(traffic ? standingWarnings(spec, facts.desiredCount, traffic, look) : []),
    ...(traffic ? quietWarnings(spec, shape, traffic, look) : []),
    ...checkWarnings(spec, shape),
    ...capacityWarnings(facts, shape),
    ...stickyWarnings(facts),
    ...routeWarnings(facts),
    ...groupWarnings(spec, facts),
    ...(facts.scalable ? [SCALING] : []),
  ];
}

const SCALING =
  "Application Auto Scaling scales the service. A policy on ALBRequestCountPerTarget follows one target group, so it loses its metric whenever traffic moves to the other; track CPU instead.";

function baselineWarnings(spec: ServiceSpec, traffic: TrafficFacts): readonly string[] {
  const { maxPercent } = gateOf(spec);
  const base = (100 * traffic.bad) / traffic.requests;
  const seen = `${percent(base)} of its requests go bad already (${traffic.bad} of ${traffic.requests})`;
  return [
    ...when(
      spec.gates.errors !== false && base > maxPercent,
      `${seen}, and the gate allows ${maxPercent} %: good releases would be rolled back, too. Mend that first, or set gates.errors.max-percent above it.`,
    ),
    ...when(
      spec.gates.errors !== false && base <= maxPercent && base > maxPercent / 2,
      `${seen}, close to the ${maxPercent} % that the gate allows: a good release may be held for a person.`,
    ),
    ...when(
      traffic.connectionErrors > 0,
      `${countOf(traffic.connectionErrors, "connection")} to its tasks failed. The usual cause is a keep-alive shorter than the load balancer's idle timeout (60s by default; Node's own is 5s): those requests fail in every release, too.`,
    ),
  ];
}

/** Of the first step as the spec has it now. */
function standingWarnings(
  spec: ServiceSpec,
  desired: number,
  traffic: TrafficFacts,
  look: Look,
): readonly string[] {
  const [first] = weightSteps(spec, desired);
  if (!spec.gates.errors || !first) return [];
  const { minRequests, patienceMs } = gateOf(spec);
  const outlook = outlookAt(look, first.percent, traffic.perMinute.median);
  const { judgedMs } = outlook;
  const where = `As the spec stands, its step of ${percent(first.percent)} bakes for ${time(first.bakeMs)}`;
  if (judgedMs === undefined || judgedMs > first.bakeMs + patienceMs) {
    const takes = judgedMs === undefined ? "never come" : `take ${time(judgedMs)}`;
    return [
      `${where}, with a patience of ${time(patienceMs)}; its ${minRequests} requests ${takes}, so every release would be held there for a person.`,
    ];
  }
  const missed = outlook.caught.filter(
    ({ regression, ms = Number.POSITIVE_INFINITY }) =>
      regression.kind === "share" && ms > Math.max(first.bakeMs, judgedMs),
  );
  return missed
    .slice(0, 1)
    .map(({ regression, ms }) =>
      ms === undefined
        ? `${where}, in which ${regressionText(regression)} is not caught.`
        : `${where}; ${regressionText(regression)} is caught after ${time(ms)}, at a later step.`,
    );
}

/** A first step that has its evidence at the median, but not when few users are there. */
function quietWarnings(
  spec: ServiceSpec,
  shape: Shape,
  traffic: TrafficFacts,
  look: Look,
): readonly string[] {
  const first = shape.strategy === "canary" ? shape.steps[0] : undefined;
  if (!first) return [];
  const { quiet } = traffic.perMinute;
  const { judgedMs } = outlookAt(look, first.weight, quiet);
  const { patienceMs } = gateOf(spec);
  if (judgedMs !== undefined && judgedMs <= first.bakeMs + patienceMs) return [];
  const takes = judgedMs === undefined ? "has nothing to judge" : `needs ${time(judgedMs)}`;
  return [
    `In its quiet hours (${rate(quiet)} requests a minute) the ${first.weight} % step ${takes}, and is held for a person after ${time(first.bakeMs + patienceMs)}: release while users are there.`,
  ];
}

function checkWarnings(spec: ServiceSpec, shape: Shape): readonly string[] {
  const none = spec["smoke-checks"].length === 0;
  const all = shape.strategy === "blue-green" ? "all users at once" : "users";
  return [
    ...when(
      none,
      `There are no smoke checks: nothing looks at a new version before ${all} do. Add some to smoke-checks.`,
    ),
    ...when(
      spec.gates.errors === false,
      "With gates.errors: false a release that fails its users is promoted; only people can take it back.",
    ),
  ];
}

function capacityWarnings({ desiredCount, spareTasks }: ServiceFacts, shape: Shape): readonly string[] {
  if (spareTasks === undefined) return [];
  const isRolling = shape.strategy === "rolling";
  return [
    ...when(
      isRolling && spareTasks === 0,
      "No task can run beside the others, and even a rolling release starts one before it stops one: make room for 1.",
    ),
    ...when(
      !isRolling && spareTasks < desiredCount,
      `Blue-green needs room for ${countOf(desiredCount, "task")} beside those that serve, and there is room for ${spareTasks}.`,
    ),
  ];
}

function stickyWarnings(facts: ServiceFacts): readonly string[] {
  const pinnedMs = stickyMs(facts);
  return when(
    pinnedMs > 0,
    `Clients are pinned to a version for up to ${time(pinnedMs)}: after each weight the new version's share rises slowly, so it gets fewer requests than the weight says, and its bakes have to be longer. A rollback takes it out of the action, since a pinned client may outlive weight 0.`,
  );
}

function routeWarnings({ routes }: ServiceFacts): readonly string[] {
  return [
    ...when(
      routes.length > 1,
      `${routes.length} production routes are written one after the other: for some seconds of each step they differ.`,
    ),
    ...when(
      routes.some(({ kind }) => kind === "listener"),
      "A production route is a listener's default action, which gets what no rule of the listener matches: rules added later take traffic from the service, and its weights do not reach it.",
    ),
  ];
}

const SLOW_DETECTION_MS = 60_000;
const SHORT_DRAIN_MS = 10_000;
const FINISH_MARGIN = 1.5;

function groupWarnings(spec: ServiceSpec, facts: ServiceFacts): readonly string[] {
  const { drainMs, failureDetectionMs } = facts;
  return [
    ...when(
      failureDetectionMs > SLOW_DETECTION_MS,
      `A task that breaks gets requests for up to ${time(failureDetectionMs)} more (health-check interval × unhealthy threshold). A shorter interval finds it sooner.`,
    ),
    ...when(
      drainMs * FINISH_MARGIN > spec.timeouts.finish,
      `The deregistration delay of ${time(drainMs)} hardly fits into timeouts.finish (${time(spec.timeouts.finish)}).`,
    ),
    ...when(
      drainMs < SHORT_DRAIN_MS,
      `The deregistration delay is ${time(drainMs)}: requests that take longer are cut off when the old version goes.`,
    ),
  ];
}

function when(condition: boolean, warning: string): readonly string[] {
  return condition ? [warning] : [];
}
