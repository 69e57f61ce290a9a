import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { credentialsFor, sluice } from "../sandbox/cli.ts";
import { ordersDefinition, specText } from "../sandbox/orders.ts";
import { isBaking, sluiceTags, violationsOf, weightsOf } from "../sandbox/reading.ts";
import { onlySet, openWorld, type World } from "../sandbox/world.ts";

let world: World | undefined;

afterEach(async () => {
  await world?.close();
});

test("the commands of a dry run, typed into the AWS CLI, take a release back", async () => {
  world = await openWorld({ definition: ordersDefinition() });
  const stable = onlySet(world.service()).id;
  const spec = specText({ with: { bake: "60s" } });
  const job = world.start({ runId: "8003", image: "orders:2", spec });
  await job.until(isBaking);
  job.signal("SIGKILL");
  await job.result;

  const { stdout } = await sluice(world.sandbox, ["rollback", "--dry-run", "--json"], { spec });
  const { foreseen }: { foreseen: readonly { command?: string }[] } = JSON.parse(stdout);
  const script = foreseen.map((step) => step.command ?? "sleep 4").join("\n");
  const env = {
    PATH: process.env.PATH,
    ...credentialsFor(world.sandbox),
    AWS_REGION: "eu-west-1",
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_PAGER: "",
  };
  await promisify(execFile)("sh", ["-e", "-c", script], { env, timeout: 80_000 });
  const { service, sandbox } = world;
  await expect.poll(() => service().taskSets.length, { timeout: 20_000 }).toBe(1);
  expect(onlySet(service()).id).toBe(stable);
  expect(weightsOf(sandbox)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  expect(sluiceTags(service().tags)).toEqual({ "sluice:aborted": "8003" });
  expect(violationsOf(sandbox)).toEqual([]);
});
