import { describe, expect, test } from "vitest";
import { allAtOnce, Exposure } from "../../../../src/cli/rehearse/exposure.ts";

const moment = (atSeconds: number, requests: number) => ({ atSeconds, requests: () => requests });

describe("the time in which a version serves users", () => {
  test("is from its first user to the way back", () => {
    const exposure = new Exposure();
    exposure.look(false, moment(1, 100));
    exposure.look(true, moment(2, 200));
    exposure.look(true, moment(3, 300));
    exposure.look(false, moment(5, 500));
    exposure.look(false, moment(9, 900));
    expect(exposure.exposed(moment(10, 1000))).toEqual({ fromSeconds: 2, seconds: 3, requests: 300 });
  });

  test("goes on where it serves again, or still does", () => {
    const exposure = new Exposure();
    exposure.look(true, moment(2, 200));
    exposure.look(false, moment(3, 300));
    exposure.look(true, moment(4, 400));
    expect(exposure.exposed(moment(10, 1000))).toEqual({ fromSeconds: 2, seconds: 8, requests: 800 });
  });

  test("is none where no user reached it", () => {
    const exposure = new Exposure();
    exposure.look(false, moment(1, 100));
    expect(exposure.exposed(moment(2, 200))).toBeUndefined();
  });
});

describe("all at once", () => {
  test("the share that failed would have been of all requests", () => {
    expect(allAtOnce({ requests: 60, failed: 12 }, { requests: 1200 })).toEqual({
      failedShare: 0.2,
      requests: 1200,
      failed: 240,
    });
  });

  test("is never less than what was", () => {
    expect(allAtOnce({ requests: 60, failed: 12 }, { requests: 55 })).toMatchObject({
      requests: 60,
      failed: 12,
    });
  });

  test("says nothing of a version that nobody asked", () => {
    expect(allAtOnce({ requests: 0, failed: 0 }, { requests: 10 })).toBeUndefined();
    expect(allAtOnce({ requests: 5, failed: 1 }, undefined)).toBeUndefined();
  });
});
