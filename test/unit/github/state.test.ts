import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import type { JournalEvent } from "../../../src/core/journal.ts";
import type { Inputs } from "../../../src/github/inputs.ts";
import { keepState, loadState } from "../../../src/github/state.ts";
import { NOW_MS, plan } from "../core/world.ts";

const SECRET = "ghs_octocats-token";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-state-"));
  file = join(folder, "state");
  writeFileSync(file, "");
  vi.stubEnv("GITHUB_STATE", file);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** As a runner hands it to the post step: the last value of each name. */
function environment(): Readonly<Record<string, string>> {
  const values = readFileSync(file, "utf8").matchAll(/^([^\n=]+)<<(\S+)\n([\s\S]*?)\n\2$/gm);
  return Object.fromEntries([...values].map(([, name, , value]) => [`STATE_${name}`, value ?? ""]));
}

function inputs(more: Partial<Inputs> = {}): Inputs {
  return {
    phase: "shift",
    spec: plan().spec,
    release: { source: { kind: "image", image: "orders:2" }, runUrl: "https://github.com/OWNER/orders/1" },
    rollout: "77",
    region: "eu-west-1",
    approvals: 1,
    withoutEvidence: false,
    to: undefined,
    gates: false,
    reason: undefined,
    runId: "77",
    roleArn: undefined,
    journalPath: "/tmp/journal.jsonl",
    environment: "production",
    environmentUrl: undefined,
    approvalEnvironment: undefined,
    githubToken: SECRET,
    runUrl: undefined,
    folder: "/tmp",
    watchForMs: 1,
    sourceSecrets: { PROMETHEUS_TOKEN: SECRET },
    ...more,
  };
}

/** A job that is told these lines, and what its post step then knows. */
function afterLines(given: Inputs, ...events: readonly JournalEvent[]) {
  const heard = keepState(given, new AbortController().signal);
  for (const event of events) heard({ version: 1, atMs: NOW_MS, ...event });
  return loadState(environment());
}

const begun = (phase: "stage" | "shift" | "finish", rollout = "77"): JournalEvent => ({
  kind: "phase-begun",
  phase,
  rollout,
  service: "orders",
});

test("nothing is saved before a phase begins, or where none does", () => {
  expect(afterLines(inputs(), { kind: "planned", plan: plan() })).toBeUndefined();
});

test("a phase that has begun is saved with its request, as it was given", () => {
  const given = inputs({ roleArn: "arn:aws:iam::123456789012:role/release" });
  const state = afterLines(given, begun("shift"));
  const { phase, spec, rollout, region, gates, roleArn, journalPath } = given;
  expect(state).toEqual({
    request: expect.objectContaining({ phase, spec, rollout, region, gates, roleArn, journalPath }),
    progress: { rollout: "77" },
  });
  expect(state?.request.runUrl).toBe("https://github.com/OWNER/orders/1");
});

test("the token is not in the state", () => {
  afterLines(inputs(), begun("shift"));
  expect(readFileSync(file, "utf8")).toContain("production");
  expect(readFileSync(file, "utf8")).not.toContain(SECRET);
});

test("a rollback is saved when it is asked for", () => {
  const state = afterLines(inputs({ phase: "rollback", rollout: "current", to: "orders:3", gates: true }));
  expect(state?.request).toMatchObject({
    phase: "rollback",
    rollout: "current",
    to: "orders:3",
    gates: true,
  });
});

test("the rollout is the one that current came to, and stays the first one", () => {
  const state = afterLines(inputs({ rollout: "current" }), begun("shift", "41"), begun("stage", "42"));
  expect(state?.progress.rollout).toBe("41");
});

test("it is saved how far the job came, and how it ended", () => {
  const error = new SluiceError("aws", "AWS denied it");
  const state = afterLines(
    inputs({ phase: "rollout" }),
    begun("stage"),
    begun("finish"),
    { kind: "rolling-back", gate: "errors", reason: "too many" },
    { kind: "job-ended", phase: "rollout", outcome: { kind: "failed", error } },
  );
  expect(state?.progress).toEqual({
    rollout: "77",
    isFinishing: true,
    isRollingBack: true,
    ended: { outcome: "failed", error: "aws" },
  });
});

test("it is saved when the job was told to stop", () => {
  const controller = new AbortController();
  const heard = keepState(inputs(), controller.signal);
  heard({ version: 1, atMs: NOW_MS, ...begun("shift") });
  const beforeMs = Date.now();
  controller.abort();
  expect(loadState(environment())?.progress.cancelledAtMs).toBeGreaterThanOrEqual(beforeMs);
});

test("a state that cannot be saved stops nothing, and is said", () => {
  const printed: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  vi.stubEnv("GITHUB_STATE", join(folder, "nowhere"));
  expect(() => afterLines(inputs(), begun("shift"))).not.toThrow();
  expect(printed.join("")).toContain("::warning::the post step will not know");
});
