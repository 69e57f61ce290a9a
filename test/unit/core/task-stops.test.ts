import { expect, test } from "vitest";
import { blameOf, describeStop, judgeStops, STOPS_TO_GIVE_UP } from "../../../src/core/task-stops.ts";
import { NOW_MS, stop } from "./world.ts";

const never = (stoppedReason: string) => stop({ stopCode: "TaskFailedToStart", stoppedReason });

test.each([
  ["an exit", stop(), "own"],
  ["an image that is not there", never("CannotPullContainerError: manifest unknown"), "fatal"],
  ["a secret that may not be read", never("ResourceInitializationError: unable to pull secrets"), "fatal"],
  [
    "an image whose trouble stands at the container",
    { ...never("Task failed to start"), exits: [{ container: "app", reason: "CannotPullContainerError" }] },
    "fatal",
  ],
  ["a start that failed otherwise", never("Task failed to start"), "own"],
  [
    "failed load balancer checks",
    stop({
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Task failed ELB health checks in (target-group arn)",
    }),
    "own",
  ],
  [
    "failed container checks",
    stop({ stopCode: "ServiceSchedulerInitiated", stoppedReason: "Task failed container health checks" }),
    "own",
  ],
  [
    "scaling in",
    stop({
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Scaling activity initiated by deployment",
    }),
    "foreign",
  ],
  [
    "Spot",
    stop({ stopCode: "SpotInterruption", stoppedReason: "Your Spot Task was interrupted." }),
    "foreign",
  ],
  ["a person", stop({ stopCode: "UserInitiated", stoppedReason: "Task stopped by user" }), "foreign"],
  ["a host", stop({ stopCode: "TerminationNotice", stoppedReason: "Host EC2 terminated" }), "foreign"],
  ["a code of the future", stop({ stopCode: "Unheard" }), "foreign"],
] as const)("%s is to blame on %#", (_name, seen, blame) => {
  expect(blameOf(seen)).toBe(blame);
});

test.each([
  [0, "bearable"],
  [STOPS_TO_GIVE_UP - 1, "bearable"],
  [STOPS_TO_GIVE_UP, "give-up"],
] as const)("%s own stops are %s", (count, kind) => {
  expect(
    judgeStops(
      Array.from({ length: count }, () => stop()),
      0,
    ).kind,
  ).toBe(kind);
});

test("foreign stops do not count, however many", () => {
  const spot = Array.from({ length: 20 }, () => stop({ stopCode: "SpotInterruption" }));
  expect(judgeStops([...spot, stop(), stop()], 0)).toEqual({ kind: "bearable", ownStops: 2 });
});

test("one task that can never start is enough, and is named", () => {
  expect(
    judgeStops([stop({ stopCode: "SpotInterruption" }), never("CannotPullContainerError: no")], 0),
  ).toEqual({
    kind: "give-up",
    reason: "a task can never start: task 1f2e3d: CannotPullContainerError: no (app exit code 1)",
    hint: expect.stringContaining("Check that the image was pushed"),
  });
});

test("stops of before the time asked for do not count; one at that very time does", () => {
  const at = (stoppedAtMs: number) => stop({ stoppedAtMs });
  const [early, exact] = [at(NOW_MS - 1), at(NOW_MS)];
  expect(judgeStops([exact, exact, exact], NOW_MS).kind).toBe("give-up");
  expect(judgeStops([exact, exact, early], NOW_MS)).toEqual({ kind: "bearable", ownStops: 2 });
  expect(judgeStops([{ ...never("CannotPullContainerError"), stoppedAtMs: NOW_MS - 1 }], NOW_MS).kind).toBe(
    "bearable",
  );
});

test.each([
  ["with an exit code", stop(), "task 1f2e3d: Essential container in task exited (app exit code 1)"],
  [
    "without any detail",
    stop({ exits: [{ container: "app" }], stoppedReason: "" }),
    "task 1f2e3d: EssentialContainerExited",
  ],
  [
    "with exit code 0 and a reason",
    stop({
      exits: [
        { container: "app", exitCode: 0, reason: "OutOfMemoryError" },
        { container: "log", exitCode: 2 },
      ],
    }),
    "task 1f2e3d: Essential container in task exited (app exit code 0 OutOfMemoryError; log exit code 2)",
  ],
])("a stop %s", (_name, seen, text) => {
  expect(describeStop(seen)).toBe(text);
});
