import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { awsCommand, quote, scriptOf } from "../../../src/core/by-hand.ts";
import { foresee } from "../../../src/core/foresee.ts";
import { isWrite, type Write } from "../../../src/core/moves.ts";
import {
  BLUE,
  flipped,
  freshSet,
  GREEN,
  LISTENER,
  NOW_MS,
  observation,
  plan,
  RULE,
  route,
  SERVICE,
  spec,
  stableSet,
  staged,
} from "./world.ts";

const CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop";
const ON_SERVICE = `--cluster ${CLUSTER} --service ${SERVICE}`;
const FRESH = freshSet().arn;
const reason = "because";

/** The words that a POSIX shell makes of a command; `$(date …)` is run. */
function wordsOf(command: string): readonly string[] {
  const script = `aws() { for word; do printf '%s\\n' "$word"; done; }; ${command}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).trimEnd().split("\n");
}

describe("one write", () => {
  test.each<[string, Write, string]>([
    [
      "scale",
      { kind: "scale-task-set", taskSetArn: FRESH, scalePercent: 33.33, reason },
      `aws ecs update-task-set ${ON_SERVICE} --task-set ${FRESH} --scale value=33.33,unit=PERCENT`,
    ],
    [
      "primary",
      { kind: "set-primary", taskSetArn: FRESH, reason },
      `aws ecs update-service-primary-task-set ${ON_SERVICE} --primary-task-set ${FRESH}`,
    ],
    [
      "delete",
      { kind: "delete-task-set", taskSetArn: FRESH, force: true, reason },
      `aws ecs delete-task-set ${ON_SERVICE} --task-set ${FRESH} --force`,
    ],
    [
      "delete without force",
      { kind: "delete-task-set", taskSetArn: FRESH, force: false, reason },
      `aws ecs delete-task-set ${ON_SERVICE} --task-set ${FRESH}`,
    ],
    [
      "untag",
      { kind: "untag-service", keys: ["sluice:shifted", "sluice:step"], reason },
      `aws ecs untag-resource --resource-arn ${SERVICE} --tag-keys sluice:shifted sluice:step`,
    ],
    [
      "no scaling in",
      { kind: "suspend-scale-in", reason },
      "aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id service/shop/orders --scalable-dimension ecs:service:DesiredCount --suspended-state DynamicScalingInSuspended=true",
    ],
    [
      "delete a cohort's rule",
      { kind: "delete-cohort", ruleArn: RULE, reason },
      `aws elbv2 delete-rule --rule-arn ${RULE}`,
    ],
  ])("%s", (_name, write, command) => {
    expect(awsCommand(write, plan(), staged())).toBe(command);
  });
});

const weights = (more: Partial<Extract<Write, { kind: "set-weights" }>> = {}): Write => ({
  kind: "set-weights",
  route: { kind: "listener-rule", arn: RULE },
  from: route(100, 0).weights,
  to: route(95, 5).weights,
  reason,
  ...more,
});

describe("weights", () => {
  const actionOf = (command: string): unknown => JSON.parse(wordsOf(command).at(-1) ?? "");
  const groups = [
    { TargetGroupArn: BLUE, Weight: 95 },
    { TargetGroupArn: GREEN, Weight: 5 },
  ];

  test("are a whole action list", () => {
    const command = awsCommand(weights(), plan(), staged());
    expect(wordsOf(command).slice(0, 5)).toEqual(["elbv2", "modify-rule", "--rule-arn", RULE, "--actions"]);
    expect(actionOf(command)).toEqual([{ Type: "forward", ForwardConfig: { TargetGroups: groups } }]);
  });

  test("of a default action are the listener's", () => {
    const listener = { kind: "listener", arn: LISTENER } as const;
    const seen = staged({ routes: [route(100, 0, listener)] });
    expect(wordsOf(awsCommand(weights({ route: listener }), plan(), seen)).slice(1, 5)).toEqual([
      "modify-listener",
      "--listener-arn",
      LISTENER,
      "--default-actions",
    ]);
  });

  test("keep stickiness", () => {
    const seen = staged({ routes: [route(100, 0, { sticky: true, stickySeconds: 600 })] });
    expect(actionOf(awsCommand(weights(), plan(), seen))).toEqual([
      {
        Type: "forward",
        ForwardConfig: {
          TargetGroups: groups,
          TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 600 },
        },
      },
    ]);
  });

  test("of a list with more actions say that those have to be written, too", () => {
    const seen = staged({ routes: [route(100, 0, { otherActions: ["authenticate-oidc"] })] });
    const [note, command] = awsCommand(weights(), plan(), seen).split("\n");
    expect(note).toMatch(/^# .*authenticate-oidc.*write that again/);
    expect(command).toMatch(/^aws elbv2 modify-rule/);
  });

  test("that take a rollout back mark it so, as of when the command runs", () => {
    const [, mark = ""] = awsCommand(weights({ mark: { aborted: "run-2" } }), plan(), staged()).split("\n");
    const words = wordsOf(mark);
    expect(words.slice(0, -1)).toEqual([
      ...["ecs", "tag-resource", "--resource-arn", SERVICE, "--tags"],
      "key=sluice:aborted,value=run-2",
    ]);
    const time = /^key=sluice:step,value=0@(.*)$/.exec(words.at(-1) ?? "")?.[1] ?? "";
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);
  });
});

test("a tag value with a space becomes JSON, and so do those beside it", () => {
  const tags = { "sluice:history": "orders:2 orders:1", "sluice:step": "5@2026-01-05T09:00:00.000Z" };
  const command = awsCommand({ kind: "tag-service", tags, reason }, plan(), staged());
  const list: { key: string; value: string }[] = JSON.parse(wordsOf(command).at(-1) ?? "");
  expect(list[0]).toEqual({ key: "sluice:history", value: "orders:2 orders:1" });
  expect(list[1]?.value).toMatch(/^5@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(list[1]?.value).not.toContain("2026-01-05T09");
});

test("a new task set and a new rule are variables in what follows", () => {
  const { steps } = foresee(plan(), ["stage", "promote", "finish"], observation(), NOW_MS);
  const script = scriptOf(steps, plan());
  expect(script).toMatch(/^NEW_TASK_SET=\$\(aws ecs create-task-set /m);
  expect(script).toContain(`--primary-task-set "$NEW_TASK_SET"`);
  expect(script).toContain("# NEW_TASK_DEFINITION: a copy of orders:1, with the image registry/orders:2");
  expect(script).toMatch(/--tags key=sluice:rollout,value=run-2 key=sluice:replaces,value=ecs-svc\/1 /);
  const cohort = { kind: "cookie", name: "beta", values: ["yes"] } as const;
  const create: Write = { kind: "create-cohort", routeArn: RULE, step: 0, cohort, groupArn: GREEN, reason };
  expect(awsCommand(create, plan(), staged())).toMatch(
    /\nNEW_RULE_1=\$\(aws elbv2 create-rule --listener-arn \S+ --conditions '.*"\*beta=yes\*".*--priority "\$PRIORITY"/,
  );
  const remove: Write = { kind: "delete-cohort", ruleArn: `${RULE}/new-1`, reason };
  expect(awsCommand(remove, plan(), staged())).toBe('aws elbv2 delete-rule --rule-arn "$NEW_RULE_1"');
});

test("a service's first task set has what the spec says of it", () => {
  const first = {
    subnets: ["subnet-0a", "subnet-0b"],
    "security-groups": ["sg-0a"],
    "assign-public-ip": true,
  };
  const own = plan({
    spec: spec({ "first-task-set": { ...first, "platform-version": "1.4.0" } }),
    release: { source: { kind: "task-definition", taskDefinition: "orders:1" } },
  });
  const { steps, end } = foresee(
    own,
    ["stage", "verify", "shift", "promote", "finish"],
    observation({ taskSets: [] }),
    NOW_MS,
  );
  expect(end.kind).toBe("reached");
  const writes = steps.flatMap(({ move, seen }) => (isWrite(move) ? [awsCommand(move, own, seen)] : []));
  expect(writes).toHaveLength(5);
  const create = wordsOf(`${writes[0]}; echo "$NEW_TASK_SET"`);
  expect(create).toEqual([
    ...[
      "ecs",
      "create-task-set",
      "--cluster",
      CLUSTER,
      "--service",
      SERVICE,
      "--task-definition",
      "orders:1",
    ],
    ...["--load-balancers", `targetGroupArn=${BLUE},containerName=app,containerPort=8080`],
    ...["--scale", "value=100,unit=PERCENT", "--launch-type", "FARGATE", "--platform-version", "1.4.0"],
    "--network-configuration",
    "awsvpcConfiguration={subnets=[subnet-0a,subnet-0b],securityGroups=[sg-0a],assignPublicIp=ENABLED}",
    ...["--tags", "key=sluice:rollout,value=run-2", "key=sluice:replaces,value=none"],
    ...["key=sluice:strategy,value=blue-green", "--query", "taskSet.taskSetArn", "--output", "text"],
  ]);
});

describe("a script", () => {
  test("is one that a shell reads, with the Region first, and waits", () => {
    const { steps } = foresee(plan(), "rollback", flipped(NOW_MS), NOW_MS);
    const script = scriptOf(steps, plan());
    expect(script.split("\n")[0]).toBe("export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1");
    expect(script).toMatch(/\n# wait: the new version drains.*\nsleep 30\naws|\nsleep 30\n# nobody/);
    expect(() => execFileSync("sh", ["-n", "-c", script])).not.toThrow();
  });

  test("others' words stay in their comment, and mean nothing to a shell that takes none", () => {
    const seen = staged({ taskSets: [stableSet(), freshSet()] });
    const move = { kind: "hold", reason: "it's\nheld; rm -rf / | `id` $(id) > x \"y\\" } as const;
    const script = scriptOf([{ atMs: 0, target: "shift", move, seen }], plan());
    expect(script.split("\n").slice(1)).toEqual(["# held for a person: it’s held rm -rf / id (id) x y"]);
  });
});

test.each(["plain-1.0", "with space", "it's", "$(rm -rf /)", "`id`", 'a"b', "a\\b", "*", ""])(
  "%j is one word of the shell",
  (word) => {
    expect(execFileSync("sh", ["-c", `printf %s ${quote(word)}`], { encoding: "utf8" })).toBe(word);
  },
);
