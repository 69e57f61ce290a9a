import type { JournalLine } from "../journal.ts";
import type { Observation } from "../observation.ts";
import { shareRange } from "../weights.ts";
import { type Cast, freshIn } from "./cast.ts";

/** A time in which the new version had one weight. */
export interface TrafficSpan {
  /** Of the service's traffic, on the route where it was largest; one decimal. */
  readonly percent: number;
  readonly fromMs: number;
  /** When the next begins, or the last line was written. */
  readonly toMs: number;
  /** The first line that shows it. */
  readonly fromLine: number;
  /** Of its tasks, by the last look in it. */
  readonly healthy: number;
  readonly wanted: number;
}

/** The new version's weight over time, from its task set's creation on; 0 once it is gone. */
export function trafficOf(lines: readonly JournalLine[], cast: Cast): readonly TrafficSpan[] {
  const spans: TrafficSpan[] = [];
  for (const [index, line] of lines.entries()) {
    const last = spans.at(-1);
    const seen = line.kind === "observed" ? look(line.observation, cast) : undefined;
    const now = seen ?? last;
    if (!now || (!last && now.wanted === 0)) continue;
    const isSame = last?.percent === now.percent;
    if (last) {
      const { healthy, wanted } = isSame ? now : last;
      spans[spans.length - 1] = { ...last, healthy, wanted, toMs: line.atMs };
    }
    if (!isSame) spans.push({ ...now, fromMs: line.atMs, toMs: line.atMs, fromLine: index });
  }
  return spans;
}

type Share = Pick<TrafficSpan, "percent" | "healthy" | "wanted">;

/** Undefined before its task set stands; of one that is gone, nothing is left. */
function look(observation: Observation, cast: Cast): Share | undefined {
  if (cast.freshArn === undefined) return undefined;
  const fresh = freshIn(observation, cast);
  if (!fresh) return { percent: 0, healthy: 0, wanted: 0 };
  const { largest } = shareRange(observation.routes, cast.plan.groups, fresh.targetGroupArn ?? "");
  return {
    percent: Math.round(largest * 10) / 10,
    healthy: fresh.healthyCount,
    wanted: fresh.computedDesiredCount,
  };
}

/** The weight when a line was written; undefined before there is a task set. */
export function percentAt(spans: readonly TrafficSpan[], line: number): number | undefined {
  return spans.findLast((span) => span.fromLine <= line)?.percent;
}
