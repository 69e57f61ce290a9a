import { describe, expect, test } from "vitest";
import { type EndedRequest, LoadBook } from "../../../../src/cli/rehearse/load-figures.ts";

const START_MS = 1_000_000;
const newBook = (keptFailures = 10) =>
  new LoadBook({ startedAtMs: START_MS, windowSeconds: 2, keptFailures });

const ended = (atSeconds: number, more: Partial<EndedRequest> = {}): EndedRequest => ({
  atMs: START_MS + atSeconds * 1000,
  version: "1",
  latencyMs: 10,
  slow: false,
  ...more,
});

const failure = { kind: "status-5xx", request: "GET /orders", seen: "500 no" } as const;

describe("the books of a load", () => {
  test("are kept per version, per second, and in total", () => {
    const book = newBook();
    book.add(ended(0.1));
    book.add(ended(0.9, { version: "2", failure }));
    book.add(ended(1.0, { version: "2" }));
    const outcomes = book.outcomes(START_MS + 1500);

    expect(outcomes).toMatchObject({ requests: 3, failed: 1, failedByKind: { "status-5xx": 1, reset: 0 } });
    expect(outcomes.versions).toMatchObject({
      "1": { requests: 1, failed: 0 },
      "2": { requests: 2, failed: 1 },
    });
    expect(outcomes.seconds).toEqual([
      {
        t: 0,
        perVersion: {
          "1": { requests: 1, failed: 0, p99Ms: expect.closeTo(10, 0) },
          "2": { requests: 1, failed: 1, p99Ms: null },
        },
      },
      { t: 1, perVersion: { "2": { requests: 1, failed: 0, p99Ms: expect.closeTo(10, 0) } } },
    ]);
    expect(outcomes.failures).toEqual([{ atMs: START_MS + 900, version: "2", ...failure }]);
  });

  test("recent figures are those of the last whole seconds", () => {
    const book = newBook();
    book.add(ended(0.5, { latencyMs: 5000 }));
    for (const atSeconds of [1.1, 1.2, 2.1, 2.2, 2.3]) book.add(ended(atSeconds, { latencyMs: 20 }));
    book.add(ended(3.1, { failure }));
    const version = book.outcomes(START_MS + 3200).versions["1"];
    expect(version).toMatchObject({ requests: 7, failed: 1 });
    expect(version?.recent).toEqual({
      requestsPerSecond: 2.5,
      failed: 0,
      p50Ms: expect.closeTo(20, 0),
      p99Ms: expect.closeTo(20, 0),
    });
    expect(version?.p99Ms).toBeGreaterThan(4900);
  });

  test("latency is of what succeeded and was not asked to be slow", () => {
    const book = newBook();
    book.add(ended(0.1, { latencyMs: 2000, slow: true }));
    book.add(ended(0.2, { latencyMs: 15_000, failure: { ...failure, kind: "timeout" } }));
    expect(book.outcomes(START_MS + 1000)).toMatchObject({
      requests: 2,
      overall: { p50Ms: null, p99Ms: null },
    });
  });

  test("only the first failures are kept, and all are counted", () => {
    const book = newBook(2);
    for (const atSeconds of [0.1, 0.2, 0.3]) book.add(ended(atSeconds, { failure }));
    const outcomes = book.outcomes(START_MS + 1000);
    expect(outcomes.failures.map((one) => one.atMs - START_MS)).toEqual([100, 200]);
    expect(outcomes.failed).toBe(3);
  });
});
