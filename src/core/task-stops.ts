import type { TaskStop } from "./observation.ts";
import { shortArn } from "./situation.ts";
import { hintForStop } from "./stop-hints.ts";

/**
 * What a stopped task says about the release.
 * - `fatal`: it can never start: the image or a secret cannot be had. Waiting is pointless.
 * - `own`: it stopped by itself, or was stopped for being unhealthy.
 * - `foreign`: scaling, people, Spot, a host: no fault of the release.
 */
export type StopBlame = "fatal" | "own" | "foreign";

const FATAL_START =
  /CannotPullContainer|CannotPullImageManifest|ImageNotFound|ResourceInitializationError|unable to pull (secrets|registry auth)|InvalidParameterException.*secret/i;

/** So many tasks stopping by themselves end a wait. */
export const STOPS_TO_GIVE_UP = 3;

/** Codes: ECS API reference, Task.stopCode. Reasons: ECS developer guide, "Stopped tasks error messages". */
export function blameOf(stop: TaskStop): StopBlame {
  switch (stop.stopCode) {
    case "TaskFailedToStart":
      return FATAL_START.test([stop.stoppedReason, ...stop.exits.map((exit) => exit.reason ?? "")].join("\n"))
        ? "fatal"
        : "own";
    case "EssentialContainerExited":
      return "own";
    case "ServiceSchedulerInitiated":
      return /failed (ELB|container) health checks/i.test(stop.stoppedReason) ? "own" : "foreign";
    default:
      return "foreign";
  }
}

export type StopJudgement =
  | { readonly kind: "bearable"; readonly ownStops: number }
  | { readonly kind: "give-up"; readonly reason: string; readonly hint: string };

/** Judges the tasks of one set that stopped at or after `sinceMs`. */
export function judgeStops(stops: readonly TaskStop[], sinceMs: number): StopJudgement {
  const recent = stops.filter((stop) => stop.stoppedAtMs >= sinceMs);
  const fatal = recent.find((stop) => blameOf(stop) === "fatal");
  if (fatal) return giveUp(`a task can never start: ${describeStop(fatal)}`, fatal);
  const own = recent.filter((stop) => blameOf(stop) === "own");
  const [latest] = own;
  if (!latest || own.length < STOPS_TO_GIVE_UP) return { kind: "bearable", ownStops: own.length };
  return giveUp(`${own.length} tasks stopped by themselves; the latest: ${describeStop(latest)}`, latest);
}

const giveUp = (reason: string, stop: TaskStop): StopJudgement => ({
  kind: "give-up",
  reason,
  hint: hintForStop(stop),
});

/** "task 1f2e…: Essential container in task exited (app exit code 1)". */
export function describeStop(stop: TaskStop): string {
  const exits = stop.exits.flatMap(({ container, exitCode, reason = "" }) => {
    const said = stop.stoppedReason.includes(reason) ? "" : reason;
    const words = [exitCode === undefined ? "" : `exit code ${exitCode}`, said].filter(Boolean);
    return words.length > 0 ? [[container, ...words].join(" ")] : [];
  });
  const details = exits.length > 0 ? ` (${exits.join("; ")})` : "";
  return `task ${shortArn(stop.taskArn)}: ${stop.stoppedReason || stop.stopCode}${details}`;
}
