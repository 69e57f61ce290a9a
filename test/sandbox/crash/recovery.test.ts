import { expect, test } from "vitest";
import type { Behaviour } from "../../../sandbox/runtime/behaviour.ts";
import type { JournalLine } from "../../../src/core/journal.ts";
import { ERRORS, isBakingAt, lastVerdictOf, once, openJudged, summaryOf, verdictsOf } from "./judged.ts";
import { type Ended, type PhaseOptions, runPhase } from "./phases.ts";
import { expectAlone } from "./standing.ts";
import type { World, WorldOptions } from "./world.ts";

/** Whether a rollback has helped is looked at, said, and not waited for without end. */

const LEFT = ["sluice:aborted"];
const NEW = "orders:4";
const BAD: Behaviour = { errorRate: 0.3 };
const PERIODS_AT_MOST = 5;
const PERIOD_MS = 1_000;
/** The weights' time to settle, and the looks around it. */
const LOOKS_MS = 3_000;

const isRollingBack = ({ kind }: JournalLine): boolean => kind === "rolling-back";

const isDeletion = (line: JournalLine): boolean =>
  line.kind === "writing" && line.write.kind === "delete-task-set";

async function takeBack(
  options: WorldOptions = {},
  duringOf: (at: World) => PhaseOptions["during"] = () => undefined,
): Promise<{ readonly at: World; readonly ended: Ended }> {
  const at = await openJudged({
    behaviours: { "orders:1": { errorRate: 0.002 }, [NEW]: BAD },
    ...options,
    spec: { ...options.spec, gates: { errors: ERRORS } },
  });
  const during = duringOf(at);
  const ended = await runPhase(at, "rollout", { image: NEW, ...(during ? { during } : {}) });
  expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
  await expectAlone(at, "orders-blue", LEFT);
  return { at, ended };
}

test.each<[string, WorldOptions]>([
  ["a canary", {}],
  ["a blue-green release", { spec: { strategy: "blue-green" } }],
  ["a rolling release", { desiredCount: 3, spec: { strategy: "rolling", batch: { size: 1, bake: "30s" } } }],
  ["metrics that are two periods late", { requestsPerSecond: 400, settings: { metricDelayMs: 2_000 } }],
])("after a bad release the old version is back at its baseline: %s", async (_what, options) => {
  const { ended } = await takeBack(options);
  const recovery = lastVerdictOf(ended, "recovery");
  expect(recovery).toMatchObject({
    kind: "healthy",
    reason: expect.stringMatching(/^since the weights are back \d+ of [\d,]+ .*: back at its baseline/),
  });
  expect(summaryOf(ended)).toContain("back at its baseline");
});

test("where the old version goes on failing, the release was not the cause, or not the only one", async () => {
  const { ended } = await takeBack({}, (at) =>
    once(isBakingAt(25), () => at.runtime.setBehaviour("orders:1", { errorRate: 0.1 })),
  );
  expect(lastVerdictOf(ended, "recovery")).toMatchObject({
    kind: "regress",
    reason: expect.stringMatching(
      /[\d.]+ times the rate: the release was not the cause, or not the only one/,
    ),
  });
  expect(summaryOf(ended)).toContain("the release was not the cause, or not the only one");
});

test("without users it is unverified, and the rollback ends all the same", async () => {
  const { ended } = await takeBack({}, (at) => once(isRollingBack, () => at.traffic.stop()));
  expect(lastVerdictOf(ended, "recovery")).toMatchObject({
    kind: "insufficient",
    reason: expect.stringMatching(/^unverified: no request to the old version yet/),
  });
  expect(summaryOf(ended)).toMatch(/unverified|not known/i);
  const beganMs = ended.lines.find(isRollingBack)?.atMs ?? Number.NaN;
  const deletedMs = ended.lines.find(isDeletion)?.atMs ?? Number.NaN;
  expect(deletedMs - beganMs).toBeLessThanOrEqual(PERIODS_AT_MOST * PERIOD_MS + LOOKS_MS);
});

test("where CloudWatch cannot be asked the rollback ends all the same", async () => {
  const { ended } = await takeBack({}, (at) =>
    once(isRollingBack, () => {
      at.sandbox.faults.add({ kind: "error", operation: "GetMetricData", code: "AccessDenied", status: 403 });
    }),
  );
  expect(verdictsOf(ended, "recovery").map(({ verdict }) => verdict.kind)).not.toContain("healthy");
  expect(lastVerdictOf(ended, "recovery")).toMatchObject({ kind: "error" });
});
