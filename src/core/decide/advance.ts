import { capacityFor } from "../capacity.ts";
import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import { formatDuration } from "../spec/duration.ts";
import type { RouteStep, WeightStep } from "../steps.ts";
import { formatStep, TAG } from "../tags.ts";
import { formatPercent } from "../weights.ts";
import { intruderAmong } from "./intruder.ts";
import { bakeEndMs } from "./judge.ts";
import { nextWeight, type Position } from "./position.ts";
import { grow, shrinkOld } from "./size.ts";
import { raiseMove } from "./weights.ts";

/** The present step has passed, or there was none yet: on to the next, up to where `target` ends. */
export function advance(
  scene: Scene,
  situation: UnderWay,
  position: Position,
  target: "shift" | "promote",
  passed = "it has had no step yet",
): Move {
  const { steps, reached, percent } = position;
  const held = heldAt(scene, position, target);
  if (held) return held;
  const next = steps.slice(reached + 1).find(({ kind }) => kind !== "approve");
  if (next?.kind === "route") return routeCohort(scene, situation, position, next);
  const weight = nextWeight(position);
  if (!weight) return { kind: "refuse", reason: "the weights changed while they were being read; run again" };
  if (weight.percent === 100 && target === "shift") {
    const reason =
      percent > 0
        ? `the new version has ${formatPercent(percent)} of the traffic; ${passed}`
        : "the next step is all of the traffic";
    return { kind: "reached", reason };
  }
  return raise(scene, situation, position, weight);
}

/** An approve step comes next, and not so many of them have been let pass. Those behind the present step were. */
function heldAt(
  { plan }: Scene,
  { steps, reached }: Position,
  target: "shift" | "promote",
): Move | undefined {
  if (target === "promote") return undefined;
  const next = steps.findIndex(({ kind }, index) => index > reached && kind !== "approve");
  const approved = steps.slice(0, reached + 1).filter(({ kind }) => kind === "approve").length;
  const due = steps.slice(0, next).filter((step) => step.kind === "approve");
  const letPass = Math.max(plan.approvals, approved);
  const open = due[letPass];
  if (!open) return undefined;
  const nth = letPass + 1;
  return { kind: "hold", reason: `${open.text} (approve step ${nth}; approvals: ${nth} lets it pass)` };
}

/** Capacity first, then the record that the shift begins, then the weight, route by route. */
export function raise(scene: Scene, situation: UnderWay, position: Position, step: WeightStep): Move {
  const { fresh } = situation;
  const title = formatPercent(step.percent);
  return (
    makeReady(scene, situation, position, step.percent, `before ${title}`) ??
    beginShift(scene) ??
    raiseMove(scene, fresh.targetGroupArn ?? "", step.percent, "every one of its targets is healthy") ?? {
      kind: "refuse",
      reason: "the weights changed while they were being read; run again",
    }
  );
}

/** What is still missing before users may come: nobody else in the group, and tasks for that many of them. */
function makeReady(
  scene: Scene,
  situation: UnderWay,
  position: Position,
  percent: number,
  when: string,
): Move | undefined {
  const { plan, observation } = scene;
  const { fresh, younger } = situation;
  const { desiredCount } = observation.service;
  const intruder = intruderAmong(younger);
  if (intruder) return within(scene, position, `${when}: ${intruder}`);
  const old = shrinkOld(scene, situation, position.percent);
  if (old?.kind === "write") return old.write;
  if (old) return within(scene, position, `${when}: ${old.reason}`);
  const larger = grow(scene, fresh, percent);
  if (larger) return larger;
  const capacity = capacityFor(plan, fresh, desiredCount, percent);
  return capacity.kind === "short" ? within(scene, position, `${when}: ${capacity.reason}`) : undefined;
}

/** Waits for what is missing, as long as the spec gives tasks; then the release is to blame. */
function within(scene: Scene, position: Position, missing: string): Move {
  const { plan, nowMs } = scene;
  const { sinceMs } = position;
  const limitMs = sinceMs === undefined ? plan.spec.timeouts.shift : plan.spec.timeouts.stage;
  const fromMs = sinceMs === undefined ? 0 : bakeEndMs(scene, position, sinceMs);
  const deadlineMs = Math.max(fromMs, plan.startedAtMs) + limitMs;
  if (nowMs < deadlineMs) return { kind: "wait", reason: missing, untilMs: deadlineMs };
  const reason = `no shift was possible within ${formatDuration(limitMs)}: ${missing}`;
  return { kind: "roll-back", gate: "health", reason };
}

/** From here on, a weight that was read back and is gone means that the rollout was taken back. */
function beginShift({ plan, observation, nowMs }: Scene): Move | undefined {
  if (observation.service.tags.shifted === plan.rollout) return undefined;
  return {
    kind: "tag-service",
    tags: { [TAG.shifted]: plan.rollout, [TAG.step]: formatStep(0, nowMs) },
    reason: "the shift begins: once a weight has read back, weight 0 means taken back",
  };
}

/** A rule before each production route, then the record that the cohort is served. */
function routeCohort(scene: Scene, situation: UnderWay, position: Position, step: RouteStep): Move {
  const { plan, observation, nowMs } = scene;
  const { fresh } = situation;
  const groupArn = fresh.targetGroupArn ?? "";
  const routeSteps = position.steps.filter((other) => other.kind === "route");
  const index = routeSteps.indexOf(step);
  const who = `${step.cohort.kind} ${step.cohort.name}`;
  const missing = observation.routes.find(
    (route) =>
      !observation.cohorts.some(
        (rule) => rule.rollout === plan.rollout && rule.routeArn === route.arn && rule.step === index,
      ),
  );
  if (missing) {
    return (
      makeReady(
        scene,
        situation,
        position,
        nextWeight(position)?.percent ?? 100,
        `before users with ${who}`,
      ) ??
      beginShift(scene) ?? {
        kind: "create-cohort",
        routeArn: missing.arn,
        step: index,
        cohort: step.cohort,
        groupArn,
        reason: `users with ${who} get the new version before any percentage does`,
      }
    );
  }
  return {
    kind: "tag-service",
    tags: { [TAG.cohort]: formatStep(index + 1, nowMs) },
    reason: `users with ${who} are served by the new version; the bake counts from here`,
  };
}
