import { expect, test } from "vitest";
import { VirtualClock } from "../../../sandbox/clock.ts";

test("a fraction of a millisecond is slept as a whole one", async () => {
  const clock = new VirtualClock(0);
  await clock.sleep(0.2);
  expect(clock.nowMs()).toBe(1);
});

test("timers run in order while somebody sleeps, and not after", async () => {
  const clock = new VirtualClock(0);
  const seen: string[] = [];
  clock.after(20, () => void seen.push(`second at ${clock.nowMs()}`));
  clock.after(10, () => void seen.push(`first at ${clock.nowMs()}`));
  clock.after(40, () => void seen.push("too late"));
  await clock.sleep(30);
  expect(seen).toEqual(["first at 10", "second at 20"]);
});

test("time waits until every participant sleeps, and no longer for one that has left", async () => {
  const clock = new VirtualClock(0, 2);
  let awake = false;
  const sleeper = clock.sleep(50).then(() => {
    awake = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([awake, clock.nowMs()]).toEqual([false, 0]);
  clock.leave();
  await sleeper;
  expect(clock.nowMs()).toBe(50);
  await clock.sleep(10);
  expect(clock.nowMs()).toBe(60);
});
