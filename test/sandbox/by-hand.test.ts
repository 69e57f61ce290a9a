import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { JournalLine } from "../../src/core/journal.ts";
import { type CliResult, sluice } from "./cli.ts";
import { ordersDefinition, specText } from "./orders.ts";
import {
  annotationsOf,
  attemptedWrites,
  isBaking,
  lastSeq,
  sluiceTags,
  violationsOf,
  weightsOf,
  writeNames,
} from "./reading.ts";
import { onlySet, openWorld, type World } from "./world.ts";

/** A person at a terminal, with no GitHub: what `sluice plan`, `status`, `rollback` and `promote` do on their own. */

let world: World;

beforeAll(async () => {
  world = await openWorld({ definition: ordersDefinition() });
});

afterEach(() => expect(violationsOf(world.sandbox)).toEqual([]));

afterAll(async () => {
  await world?.close();
});

const LONG = specText({ with: { strategy: "blue-green", bake: "60s" } });
const SHORT = specText({ with: { strategy: "blue-green", bake: "1s", gates: { errors: false } } });

const cli = (words: readonly string[], spec = LONG): Promise<CliResult> =>
  sluice(world.sandbox, words, { spec });

/** A release whose process gets SIGKILL in the bake after its flip. */
async function killInTheBake(runId: string, spec = LONG): Promise<void> {
  const job = world.start({ runId, image: "orders:2", spec });
  await job.until(isBaking);
  job.signal("SIGKILL");
  expect((await job.result).exitCode).toBeNull();
}

interface Told {
  readonly outcome: string;
  readonly reason: string;
  readonly foreseen: readonly { readonly what: string; readonly kind: string; readonly command?: string }[];
}

const toldBy = ({ stdout }: CliResult): Told => JSON.parse(stdout);
const isWait = ({ kind }: Told["foreseen"][number]): boolean => kind === "wait" || kind === "hold";

/** Without what AWS and the clock choose. */
const comparable = (what: string): string =>
  what.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME").replace(/TaskSet (\d+|new)\b/, "TaskSet SET");

function writtenLines(text: string): readonly string[] {
  const lines = text.match(
    /^ *[\d.hms ]+ {2}(CreateTaskSet|UpdateTaskSet|ModifyRule|TagResource|UntagResource|UpdateServicePrimaryTaskSet|DeleteTaskSet)[^(]*/gm,
  );
  return (lines ?? []).map((line) => comparable(line.replace(/^ *[\d.hms ]+ {2}/, "").trim()));
}

const writtenIn = (journal: readonly JournalLine[]): readonly string[] =>
  journal.flatMap((line) => (line.kind === "writing" ? [line.write.kind] : []));

function expectServing(group: "orders-blue" | "orders-green"): void {
  const other = group === "orders-blue" ? "orders-green" : "orders-blue";
  expect(weightsOf(world.sandbox)).toEqual({ [group]: 100, [other]: 0 });
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", scalePercent: 100 });
}

describe("before anything stands", () => {
  test("status is at rest", async () => {
    const { exitCode, stdout } = await cli(["status"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("orders (cluster demo): at rest");
    expect(stdout).toMatch(/^stable +orders:1, orders:1 .*100 %, test +2 of 2/m);
    expect(stdout).not.toContain(String.fromCharCode(27));
  });

  test("plan says every write of the release, makes none, and the release makes those", async () => {
    const before = lastSeq(world.sandbox);
    const plan = await cli(["plan", "--image", "orders:2", "--json"], SHORT);
    expect(plan.exitCode, plan.stderr).toBe(0);
    expect(attemptedWrites(world.sandbox, { seq: before })).toEqual([]);
    const told = toldBy(plan);
    expect(told.outcome).toBe("reached");
    expect(plan.stderr).toMatch(/^\+0ms +CreateTaskSet at 100 %/m);
    const release = await world.run({ runId: "8001", image: "orders:2", spec: SHORT });
    expect(release.exitCode, release.log).toBe(0);
    expect(told.foreseen.filter((step) => !isWait(step)).map(({ kind }) => kind)).toEqual(
      writtenIn(release.journal),
    );
    expectServing("orders-green");
  });

  test("plan warns of a job that GitHub would end, in a job and at a terminal", async () => {
    const spec = specText({ with: { strategy: "blue-green", bake: "7h" } });
    const words = "the job promote of blue-green.yml would take about 7h 1m, and GitHub ends it after 6h";
    const job = await world.run({ runId: "8000", phase: "plan", image: "orders:2", spec });
    expect(job.exitCode, job.log).toBe(0);
    expect(annotationsOf(job.log, "warning")).toEqual([expect.stringContaining(words)]);
    expect(job.log.split(words)).toHaveLength(2);
    expect(job.summary).toMatch(/^### Longer than a job may take\n\n⚠️ The job promote of blue-green\.yml /m);
    const plan = await cli(["plan", "--image", "orders:2", "--json"], spec);
    expect(plan.exitCode, plan.stderr).toBe(0);
    expect(plan.stderr).toContain(`! ${words}`);
    expect(JSON.parse(plan.stdout).longJobs).toEqual([
      expect.objectContaining({ job: "promote", workflow: "blue-green.yml", remedies: ["shorter-bakes"] }),
    ]);
  });

  test("without a release under way there is nothing to promote", async () => {
    const { exitCode, stdout } = await cli(["promote"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain("no rollout is under way");
  });
});

describe("a release whose job was killed after the flip", () => {
  test("status says whose it is and what comes next", async () => {
    await killInTheBake("8002");
    const { exitCode, stdout } = await cli(["status", "--json"]);
    expect(exitCode).toBe(0);
    const { services } = JSON.parse(stdout);
    expect(services).toEqual([
      expect.objectContaining({
        situation: "under-way",
        rollout: expect.objectContaining({ name: "8002", strategy: "blue-green", takenBack: false }),
        next: expect.objectContaining({ write: expect.stringMatching(/^UpdateServicePrimaryTaskSet/) }),
        wayBack: expect.objectContaining({ end: "reached", write: expect.stringMatching(/^ModifyRule/) }),
      }),
    ]);
  });

  test("a dry run of the rollback writes nothing; the rollback writes what it said", async () => {
    const before = lastSeq(world.sandbox);
    const dry = await cli(["rollback", "--dry-run", "--json"]);
    expect(dry.exitCode, dry.stderr).toBe(0);
    expect(attemptedWrites(world.sandbox, { seq: before })).toEqual([]);
    const said = toldBy(dry).foreseen.filter((step) => !isWait(step));
    expect(said[0]?.command).toMatch(/^aws elbv2 modify-rule /);
    const back = await cli(["rollback"]);
    expect(back.exitCode, back.stdout).toBe(0);
    expect(writtenLines(back.stdout)).toEqual(said.map(({ what }) => comparable(what)));
    expect(writeNames(world.sandbox, { seq: before })[0]).toBe("ModifyRule http/orders");
    expectServing("orders-green");
    expect(sluiceTags(world.service().tags)).toMatchObject({ "sluice:aborted": "8002" });
  });
});

describe("a canary that waits for approval", () => {
  const approve = { strategy: "canary", gates: { errors: false }, bake: "1s" };
  const steps = [{ weight: 50, bake: "1s" }, { approve: "the team agrees" }];
  const canary = specText({ with: { ...approve, steps } });

  test("is held; status says for what", async () => {
    const held = await world.run({ runId: "8004", image: "orders:2", spec: canary });
    expect(held.exitCode, held.log).toBe(0);
    expect(held.outputs.outcome).toBe("held");
    expect(held.summary).toContain("### By hand");
    const { stdout } = await cli(["status"], canary);
    expect(stdout).toContain("canary rollout 8004 is under way, at 50 %");
    expect(stdout).toMatch(/unless people have let it pass, held on the way: the team agrees/);
  });

  test("promote --finish lets it pass and ends it", async () => {
    const before = lastSeq(world.sandbox);
    const told = toldBy(await cli(["promote", "--finish", "--dry-run", "--json"], canary));
    expect(attemptedWrites(world.sandbox, { seq: before })).toEqual([]);
    const ended = await cli(["promote", "--finish"], canary);
    expect(ended.exitCode, ended.stdout).toBe(0);
    expect(writtenLines(ended.stdout)).toEqual(
      told.foreseen.filter((step) => !isWait(step)).map(({ what }) => comparable(what)),
    );
    expectServing("orders-blue");
  });
});

describe("Ctrl-C", () => {
  test("cancels: the release is taken back; a second one ends at once", async () => {
    await killInTheBake("8005");
    let isInterrupted = false;
    const twice = await sluice(world.sandbox, ["promote"], {
      spec: LONG,
      onOutput: (text, process) => {
        if (!text.includes("baking") || isInterrupted) return;
        isInterrupted = true;
        process.kill("SIGINT");
        process.kill("SIGTERM");
      },
    });
    expect(twice.exitCode, twice.stdout).toBe(130);
    let isCancelled = false;
    const once = await sluice(world.sandbox, ["promote"], {
      spec: LONG,
      onOutput: (text, process) => {
        if (!text.includes("baking") || isCancelled) return;
        isCancelled = true;
        process.kill("SIGINT");
      },
    });
    const isTakenBack = once.stdout.includes("rolled back, because of cancelled");
    expect(isTakenBack, once.stdout + once.stderr).toBe(true);
    expect(once.exitCode).toBe(1);
    expectServing("orders-blue");
  });
});

describe("what is wrong is said before AWS is asked anything, with status 2", () => {
  test.each<[string, readonly string[], string, RegExp]>([
    ["a spec with problems", ["rollback"], "version: 1\nservise: orders\n", /servise/],
    ["a Region that the routes are not in", ["status", "--region", "us-east-1"], LONG, /eu-west-1/],
    ["a service that the spec lacks", ["promote", "--service", "cart"], LONG, /"cart"/],
    ["nothing to release", ["plan"], LONG, /one of --image and --task-definition/],
    ["an unknown option", ["rollback", "--force"], LONG, /--force/],
  ])("%s", async (_name, words, spec, message) => {
    const before = lastSeq(world.sandbox);
    const { exitCode, stderr } = await sluice(world.sandbox, words, { spec });
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
    expect(lastSeq(world.sandbox)).toBe(before);
  });
});

test.each(["status", "rollback"])("%s without credentials says how to get some", async (command) => {
  const env = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const { exitCode, stdout, stderr } = await sluice(world.sandbox, [command], { spec: LONG, env });
  expect(exitCode).toBe(1);
  expect(stdout + stderr).toMatch(/CredentialsProviderError[\s\S]*aws sso login/);
});
