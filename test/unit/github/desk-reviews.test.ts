import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createWatchEnd } from "../../../src/github/desk/watch-end.ts";
import type { GitHubDesk } from "../../../src/github/desk.ts";
import { type Office, openOffice, RUN } from "./desk-world.ts";

let office: Office;

beforeEach(async () => {
  office = await openOffice();
  office.github.addEnvironment({ name: "Production approval", reviewers: ["octocat", "team/oncall"] });
});

afterEach(async () => {
  expect(office.github.violations).toEqual([]);
  await office.close();
});

describe("what waits for a review", () => {
  test("by the environment's name, in any case", async () => {
    const desk = office.desk();
    expect(await desk.pendingIn("production approval")).toBe("settled");
    office.github.requestReview(RUN, "Production approval");
    expect(await desk.pendingIn("production approval")).toBe("pending");
    expect(await desk.pendingIn("staging")).toBe("settled");
    office.github.review(RUN, "Production approval", { state: "approved", by: "octocat" });
    expect(await desk.pendingIn("production approval")).toBe("settled");
  });

  test.each([
    ["contents", "whether somebody is asked in x is not known: the job lacks `actions: read`"],
    ["outage", "whether somebody is asked in x is not known: GitHub answers 500"],
  ])("is unknown where GitHub does not say (%s)", async (why, complaint) => {
    if (why === "outage") office.github.fail({ kind: "server-error", status: 500 });
    else office.github.token.permissions = { contents: "read" };
    const desk = office.desk();
    expect([await desk.pendingIn("x"), await desk.pendingIn("x")]).toEqual(["unknown", "unknown"]);
    expect(office.complaints).toEqual([complaint]);
  });
});

describe("decisions", () => {
  test("are who, what, where and why", async () => {
    office.github.requestReview(RUN, "Production approval");
    office.github.review(RUN, "Production approval", {
      state: "approved",
      by: "octocat",
      comment: "Ship it",
    });
    office.github.requestReview(RUN, "Production approval");
    office.github.review(RUN, "Production approval", { state: "rejected", by: "hubot" });
    const decisions = await office.desk().decisions();
    expect(decisions).toHaveLength(2);
    expect(decisions).toEqual(
      expect.arrayContaining([
        {
          kind: "decided",
          what: "approved",
          by: "octocat",
          environment: "Production approval",
          comment: "Ship it",
        },
        { kind: "decided", what: "rejected", by: "hubot", environment: "Production approval" },
      ]),
    );
  });

  test("are none where GitHub does not say, which is said where people approve", async () => {
    office.github.token.permissions = { contents: "read" };
    expect(await office.desk().decisions()).toEqual([]);
    expect(office.complaints).toEqual([]);
    expect(await office.desk({ approvalEnvironment: "approval" }).decisions()).toEqual([]);
    expect(office.complaints).toEqual(["who approved is not recorded: the job lacks `actions: read`"]);
  });
});

describe("a watch", () => {
  const SECOND_MS = 1_000;

  /** Asks at the given seconds, of a GitHub that then says `seen(second)`; what came at each. */
  async function watch(
    seconds: readonly number[],
    seen: (second: number) => Awaited<ReturnType<GitHubDesk["pendingIn"]>>,
    more: { readonly environment?: undefined } = {},
  ) {
    let second = 0;
    const pendingIn = vi.fn(async () => seen(second));
    const nowMs = () => second * SECOND_MS;
    const end = createWatchEnd(
      { pendingIn },
      { environment: "approval", limitMs: 3_600 * SECOND_MS, nowMs, ...more },
    );
    const ends: string[] = [];
    for (second of seconds) {
      ends.push((await end())?.kind ?? "-");
      await Promise.resolve();
    }
    return { ends, asked: pendingIn.mock.calls.length };
  }

  test("ends when what was pending is settled", async () => {
    const { ends, asked } = await watch([0, 15, 30, 45], (second) => (second < 30 ? "pending" : "settled"));
    expect(ends).toEqual(["-", "-", "-", "reached"]);
    expect(asked).toBe(3);
  });

  test("asks every 15 s at most", async () => {
    const seconds = Array.from({ length: 61 }, (_, second) => second);
    expect((await watch(seconds, () => "pending")).asked).toBe(5);
  });

  test("gives an approve job two minutes to be there", async () => {
    const { ends } = await watch([0, 60, 119, 135, 150], () => "settled");
    expect(ends).toEqual(["-", "-", "-", "-", "reached"]);
  });

  test("goes on as long as nobody knows", async () => {
    expect((await watch([0, 200, 3_000], () => "unknown")).ends).toEqual(["-", "-", "-"]);
  });

  test("is over after its time, held", async () => {
    expect((await watch([0, 3_599, 3_600], () => "pending")).ends).toEqual(["-", "-", "held"]);
  });

  test("asks nobody where no environment approves", async () => {
    const { ends, asked } = await watch([0, 1_800, 3_600], () => "settled", { environment: undefined });
    expect({ ends, asked }).toEqual({ ends: ["-", "-", "held"], asked: 0 });
  });

  test("does not wait for a GitHub that hangs, and asks it nothing twice at a time", async () => {
    const pendingIn = vi.fn(() => new Promise<never>(() => {}));
    let nowMs = 0;
    const end = createWatchEnd(
      { pendingIn },
      { environment: "approval", limitMs: 60_000, nowMs: () => nowMs },
    );
    for (nowMs of [0, 20_000, 40_000]) expect(await end()).toBeUndefined();
    expect(pendingIn).toHaveBeenCalledTimes(1);
  });
});
