import { expect, test } from "vitest";
import { completeArms, type GroupPoints, pairedArms } from "../../../src/aws/cloudwatch-counts-complete.ts";
import type { Points } from "../../../src/aws/metric-points.ts";
import type { SluiceError } from "../../../src/core/errors.ts";

const MINUTE_MS = 60_000;

/** What was published of each minute, from the first on; undefined where nothing was. */
type Minutes = readonly (number | undefined)[];

function points(minutes: Minutes): Points {
  return new Map(
    minutes.flatMap((value, minute) => (value === undefined ? [] : [[minute * MINUTE_MS, value]])),
  );
}

interface Published {
  readonly requests: Minutes;
  readonly ok?: Minutes;
  readonly refusals?: Minutes;
  readonly failed?: Minutes;
  readonly refused?: Minutes;
}

const group = ({ requests, ok = [], refusals = [], failed = [], refused = [] }: Published): GroupPoints => ({
  requests: points(requests),
  answered: [points(ok), points([]), points(refusals)],
  failed: points(failed),
  refused: points(refused),
});

const TEN = Array.from({ length: 10 }, () => 10);

/** Minute, requests and bad ones of the first group, `seconds` after the beginning. */
function armsAt(seconds: number, published: Published, unanswered: Minutes = [], other?: Published) {
  const groups = [group(published), ...(other ? [group(other)] : [])];
  const now = { nowMs: seconds * 1000, periodMs: MINUTE_MS };
  const [arm = []] = completeArms(groups, points(unanswered), now);
  return arm.map(({ atMs, requests, bad }) => [atMs / MINUTE_MS, requests, bad]);
}

const NONE = undefined;

test.each<[string, Published, Minutes, readonly number[][]]>([
  ["all answered", { requests: [10], ok: [10] }, [], [[0, 10, 0]]],
  ["good and bad answers", { requests: [10], ok: [5], refusals: [2], failed: [3] }, [], [[0, 10, 3]]],
  ["no answer published yet", { requests: [10] }, [], []],
  ["some answers published", { requests: [10], ok: [7] }, [], []],
  ["connections refused", { requests: [10], ok: [7], refused: [3] }, [], [[0, 10, 3]]],
  ["answered by the load balancer instead", { requests: [10], ok: [7] }, [3], [[0, 10, 3]]],
  ["the load balancer says of fewer", { requests: [10], ok: [7] }, [2], []],
  ["no requests, though something was answered", { requests: [NONE], ok: [10] }, [], []],
  ["a later answer, before it is known what is usual", { requests: [10, 10], ok: [7, 10] }, [], [[1, 10, 0]]],
  ["a later request alone", { requests: [10, 10] }, [], []],
])("a minute with %s", (_name, published, unanswered, expected) => {
  expect(armsAt(120, published, unanswered)).toEqual(expected);
});

test("once it is known what is usual, a later answer says that no more come", () => {
  const requests = [...TEN, 10, 10];
  expect(armsAt(720, { requests, ok: [...TEN, 7] }).at(-1)).toEqual([9, 10, 0]);
  expect(armsAt(720, { requests, ok: [...TEN, 7, 5] }).at(-1)).toEqual([10, 10, 3]);
});

test("what has not come three minutes after its end is not there", () => {
  const published = { requests: [10], ok: [7] };
  expect(armsAt(239, published)).toEqual([]);
  expect(armsAt(240, published)).toEqual([[0, 10, 3]]);
});

test("what the load balancer answered itself has to do for both groups", () => {
  const canary = { requests: [10], ok: [7] };
  expect(armsAt(120, canary, [3], { requests: [90], ok: [90] })).toEqual([[0, 10, 3]]);
  expect(armsAt(120, canary, [3], { requests: [90], ok: [50] })).toEqual([]);
});

test("a kind of answer that is usual is waited for, though others are there", () => {
  const requests = [...TEN, 10, 10];
  const ok = requests.map(() => 7);
  const usual = { requests, ok, refusals: Array.from({ length: 10 }, () => 3) };
  expect(armsAt(780, usual).at(-1)).toEqual([9, 10, 0]);
  const rare = { requests, ok: [...TEN, 7, 7], refusals: [NONE, NONE, NONE, NONE, NONE, NONE, 1] };
  expect(armsAt(780, rare).at(-1)).toEqual([10, 10, 3]);
});

test("a kind of answer that is usual with the other version is waited for, and known to be out by it", () => {
  const canary = {
    requests: [...Array.from({ length: 10 }, () => NONE), 10, 10],
    ok: [...TEN.map(() => NONE), 7, 7],
  };
  const stable = (refusals: Minutes): Published => ({
    requests: [...TEN, 10, 10],
    ok: [...TEN, 10, 10],
    refusals,
  });
  expect(armsAt(780, canary, [], stable(TEN.map(() => 1)))).toEqual([]);
  expect(armsAt(780, canary, [], stable([...TEN.map(() => 1), 1]))).toEqual([[10, 10, 3]]);
});

/** As `armsAt`, of two metrics of one's own. */
function pairedAt(seconds: number, side: "bad" | "good", requests: Minutes, counted: Minutes) {
  const now = { nowMs: seconds * 1000, periodMs: MINUTE_MS };
  return pairedArms(points(requests), points(counted), side, now).map(({ atMs, requests: all, bad }) => [
    atMs / MINUTE_MS,
    all,
    bad,
  ]);
}

test.each<[string, "bad" | "good", Minutes, Minutes, readonly number[][]]>([
  ["both are there", "good", [10], [4], [[0, 10, 4]]],
  ["the part is not, yet", "good", [10], [], []],
  [
    "the part is not, and there is a later one",
    "good",
    [10, 10],
    [NONE, 4],
    [
      [0, 10, 0],
      [1, 10, 4],
    ],
  ],
  ["good ones are not, two minutes on", "good", [10, 10, 10], [], []],
  ["bad ones are not, two minutes on", "bad", [10, 10, 10], [], [[0, 10, 0]]],
  ["the whole is not, yet", "bad", [NONE], [4], []],
  ["a part rounds above the whole", "bad", [10.2], [10.9], [[0, 10, 10]]],
])("two metrics: %s", (_name, side, requests, counted, expected) => {
  expect(pairedAt(180, side, requests, counted)).toEqual(expected);
});

test("two metrics: without any part, three minutes after its end it is none", () => {
  expect(pairedAt(239, "good", [10], [])).toEqual([]);
  expect(pairedAt(240, "good", [10], [])).toEqual([[0, 10, 0]]);
});

test("two metrics of which one cannot be a part of the other are a mistake", () => {
  const error = expect.objectContaining<Partial<SluiceError>>({
    kind: "configuration",
    message: expect.stringContaining("bad counted 40, requests 20"),
  });
  expect(() => pairedAt(180, "bad", [10, 10], [20, 20])).toThrow(error);
});
