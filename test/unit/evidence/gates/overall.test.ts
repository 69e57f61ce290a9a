import { expect, test } from "vitest";
import type { Verdict } from "../../../../src/core/verdict.ts";
import { overallOf } from "../../../../src/evidence/gates/overall.ts";

const counts = { requests: 100, bad: 1 };
const of = (gate: string, kind: Verdict["kind"], over: Partial<Verdict> = {}): Verdict => ({
  gate,
  kind,
  reason: `${gate} is ${kind}`,
  ...over,
});

test("one severity order: regress, error, insufficient, healthy", () => {
  const kinds = ["healthy", "insufficient", "error", "regress"] as const;
  kinds.forEach((worst, index) => {
    const verdicts = kinds.slice(0, index + 1).map((kind) => of(`the ${kind} one`, kind));
    expect(overallOf(verdicts)).toEqual(of(`the ${worst} one`, worst));
    expect(overallOf([...verdicts].reverse())).toEqual(of(`the ${worst} one`, worst));
  });
});

test("it names all that share the worst severity, and rests on what they rest on", () => {
  const verdicts = [
    of("errors", "insufficient"),
    of("latency", "healthy", { counts: { requests: 7, bad: 0 } }),
    of("payments", "insufficient", { counts, isIncident: true }),
  ];
  expect(overallOf(verdicts)).toEqual({
    kind: "insufficient",
    gate: "errors, payments",
    reason: "errors: errors is insufficient; payments: payments is insufficient",
    counts,
    isIncident: true,
  });
});

test("healthy by proof of one and by floor of another is healthy by floor", () => {
  const floor = of("errors", "healthy", { basis: "floor" });
  expect(overallOf([floor, of("latency", "healthy")])).toMatchObject({ kind: "healthy", basis: "floor" });
  expect(overallOf([of("errors", "healthy"), of("latency", "healthy")]).basis).toBeUndefined();
});

test("a dry run decides nothing", () => {
  const good = of("errors", "healthy");
  const bad = of("latency", "regress", { isDryRun: true });
  expect(overallOf([bad, good])).toEqual(good);
  expect(overallOf([bad])).toMatchObject({ kind: "healthy", basis: "floor" });
});

test("no gate is no evidence", () => {
  expect(overallOf([]).kind).toBe("insufficient");
});
