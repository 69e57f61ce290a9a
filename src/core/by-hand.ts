import { isForeseen } from "./foresee/apply.ts";
import type { ForeseenStep } from "./foresee.ts";
import { isWrite, type TakenBackMark, type Write } from "./moves.ts";
import type { GroupWeight, Observation, ObservedRoute, RouteRef } from "./observation.ts";
import type { Plan } from "./plan.ts";
import { shortArn } from "./situation.ts";
import { listenerArnOf } from "./spec/elb-arn.ts";
import type { Cohort } from "./steps.ts";
import { cohortTags, originTags, REPLACES_NONE, TAG, type Tags, takenBackTags } from "./tags.ts";

/**
 * What a person would type to make `write`: a POSIX shell command of the AWS CLI, or several, one a line, with
 * comments where something cannot be known beforehand. `seen`: what the write is decided from. What an earlier
 * command makes is a shell variable in later ones. Pure.
 */
export function awsCommand(write: Write, plan: Plan, seen: Observation): string {
  switch (write.kind) {
    case "create-task-set":
      return createTaskSet(write, plan, seen);
    case "scale-task-set":
      return taskSetCommand("update-task-set", plan, write.taskSetArn, [
        "--scale",
        `value=${write.scalePercent},unit=PERCENT`,
      ]);
    case "set-weights":
      return lines(...setWeights(write, seen), ...markCommand(plan, write.mark));
    case "create-cohort":
      return createCohort(write, plan, seen);
    case "delete-cohort": {
      const rule = isForeseen(write.ruleArn) ? `"$${variableOf(write.ruleArn)}"` : quote(write.ruleArn);
      return lines(`aws elbv2 delete-rule --rule-arn ${rule}`, ...markCommand(plan, write.mark));
    }
    case "suspend-scale-in":
      return scaleIn(plan, true);
    case "resume-scale-in":
      return scaleIn(plan, false);
    case "tag-service":
      return tagService(plan, write.tags);
    case "untag-service":
      return command("aws ecs untag-resource", [
        "--resource-arn",
        plan.serviceArn,
        "--tag-keys",
        ...write.keys,
      ]);
    case "set-primary":
      return `${ecs("update-service-primary-task-set", plan)} --primary-task-set ${taskSetWord(write.taskSetArn)}`;
    case "delete-task-set":
      return taskSetCommand("delete-task-set", plan, write.taskSetArn, write.force ? ["--force"] : []);
  }
}

/** What is foreseen as a shell script, each command with its reason above it, that waits where it has to. */
export function scriptOf(steps: readonly ForeseenStep[], plan: Plan): string {
  const region = plan.serviceArn.split(":")[3] ?? "";
  const commands = steps.flatMap(({ atMs, move, seen }) => {
    if (isWrite(move)) return [comment(move.reason), awsCommand(move, plan, seen)];
    if (move.kind === "hold") return [comment(`held for a person: ${move.reason}`)];
    return [comment(`wait: ${move.reason}`), `sleep ${Math.ceil((move.untilMs - atMs) / 1000)}`];
  });
  return lines(`export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`, ...commands);
}

/** As one word of a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Of words that mean nothing to a shell even where it takes a comment for a command, as zsh does at a terminal
 * unless INTERACTIVE_COMMENTS is set (zsh manual, Options).
 */
function comment(text: string): string {
  const words = text.replaceAll("'", "’").replaceAll(/[^\p{L}\p{N} .,:%/()+=@_’-]/gu, " ");
  return `# ${words.replaceAll(/\s+/g, " ").trim()}`;
}

function lines(...all: readonly string[]): string {
  return all.join("\n");
}

function command(verb: string, words: readonly string[]): string {
  return [verb, ...words.map(quote)].join(" ");
}

function ecs(verb: string, { clusterArn, serviceArn }: Plan): string {
  return command(`aws ecs ${verb}`, ["--cluster", clusterArn, "--service", serviceArn]);
}

function taskSetCommand(verb: string, plan: Plan, arn: string, words: readonly string[]): string {
  return [`${ecs(verb, plan)} --task-set ${taskSetWord(arn)}`, ...words.map(quote)].join(" ");
}

const NEW_TASK_SET = "NEW_TASK_SET";

function taskSetWord(arn: string): string {
  return isForeseen(arn) ? `"$${NEW_TASK_SET}"` : quote(arn);
}

/** What the new set has in common with the serving one is asked of AWS when the command runs. */
function createTaskSet(
  write: Extract<Write, { kind: "create-task-set" }>,
  plan: Plan,
  seen: Observation,
): string {
  const stable = seen.taskSets.find(({ arn }) => arn === write.stableArn);
  const tags = originTags({
    rollout: plan.rollout,
    replaces: stable?.id ?? REPLACES_NONE,
    strategy: plan.spec.strategy,
    previousTaskDefinition: stable?.taskDefinitionArn ?? "",
    ...(plan.release.commit ? { commit: plan.release.commit } : {}),
    ...(plan.release.runUrl ? { runUrl: plan.release.runUrl } : {}),
  });
  const { name, port } = plan.container;
  const target = `targetGroupArn=${write.groupArn},containerName=${name},containerPort=${port}`;
  const create = [
    `${NEW_TASK_SET}=$(${ecs("create-task-set", plan)} --task-definition ${taskDefinitionWord(plan)}`,
    ...["--load-balancers", target, "--scale", `value=${write.scalePercent},unit=PERCENT`].map(quote),
    ...(stable ? settingsOf(plan, stable.arn) : firstSettings(plan)),
    `--tags ${tagWords(tags)}`,
    "--query taskSet.taskSetArn --output text)",
  ].join(" ");
  const copied = comment(
    "launch type and network are the serving set's; one with capacity providers needs --capacity-provider-strategy instead",
  );
  return lines(...releaseComment(plan, stable?.taskDefinitionArn), ...(stable ? [copied] : []), create);
}

function settingsOf(plan: Plan, stableArn: string): readonly string[] {
  const ask = (query: string, output: string): string =>
    `"$(${taskSetCommand("describe-task-sets", plan, stableArn, []).replace("--task-set ", "--task-sets ")} --query ${query} --output ${output})"`;
  return [
    `--launch-type ${ask("taskSets[0].launchType", "text")}`,
    `--network-configuration ${ask("taskSets[0].networkConfiguration", "json")}`,
  ];
}

function firstSettings({ spec: { "first-task-set": given } }: Plan): readonly string[] {
  if (!given) return [];
  const { subnets, "security-groups": securityGroups, "platform-version": platformVersion } = given;
  const vpc = [
    ...(subnets ? [`subnets=[${subnets.join(",")}]`] : []),
    ...(securityGroups ? [`securityGroups=[${securityGroups.join(",")}]`] : []),
    ...(given["assign-public-ip"] ? ["assignPublicIp=ENABLED"] : []),
  ];
  return [
    ...["--launch-type", given["launch-type"]],
    ...(platformVersion ? ["--platform-version", platformVersion] : []),
    ...(subnets ? ["--network-configuration", `awsvpcConfiguration={${vpc.join(",")}}`] : []),
  ].map(quote);
}

function taskDefinitionWord({ release: { source } }: Plan): string {
  return source.kind === "task-definition" ? quote(source.taskDefinition) : '"$NEW_TASK_DEFINITION"';
}

function releaseComment({ release: { source } }: Plan, running: string | undefined): readonly string[] {
  if (source.kind === "task-definition") return [];
  const what = "image" in source && source.image ? `with the image ${source.image}` : "as given";
  const base = source.kind === "definition" ? "the task definition" : `a copy of ${shortArn(running ?? "")}`;
  return [comment(`NEW_TASK_DEFINITION: ${base}, ${what}, after aws ecs register-task-definition`)];
}

function setWeights(
  { route, to }: Extract<Write, { kind: "set-weights" }>,
  seen: Observation,
): readonly string[] {
  const found = [...seen.routes, seen.testRoute].find((other) => other?.arn === route.arn);
  const others = found?.otherActions ?? [];
  const note = `the action list also has ${others.join(", ")}: a list replaces the whole, so write that again, too (see aws elbv2 describe-rules)`;
  return [...(others.length > 0 ? [comment(note)] : []), weightsCommand(route, forwardAction(to, found))];
}

function weightsCommand(route: RouteRef, action: object): string {
  const json = JSON.stringify([action]);
  return route.kind === "listener-rule"
    ? command("aws elbv2 modify-rule", ["--rule-arn", route.arn, "--actions", json])
    : command("aws elbv2 modify-listener", ["--listener-arn", route.arn, "--default-actions", json]);
}

function forwardAction(
  weights: readonly GroupWeight[],
  route: Pick<ObservedRoute, "sticky" | "stickySeconds"> | undefined,
): object {
  const TargetGroups = weights.map(({ groupArn, weight }) => ({ TargetGroupArn: groupArn, Weight: weight }));
  const DurationSeconds = route?.stickySeconds;
  const sticky = { Enabled: true, ...(DurationSeconds ? { DurationSeconds } : {}) };
  return {
    Type: "forward",
    ForwardConfig: { TargetGroups, ...(route?.sticky ? { TargetGroupStickinessConfig: sticky } : {}) },
  };
}

/** Its priority, and the conditions of the route that it stands before, are not part of what is observed. */
function createCohort(
  write: Extract<Write, { kind: "create-cohort" }>,
  plan: Plan,
  seen: Observation,
): string {
  const variable = `NEW_RULE_${seen.cohorts.length + 1}`;
  const actions = JSON.stringify([forwardAction([{ groupArn: write.groupArn, weight: 1 }], undefined)]);
  const own = cohortTags({ rollout: plan.rollout, routeArn: write.routeArn, step: write.step });
  const tags = JSON.stringify(Object.entries(own).map(([Key, Value]) => ({ Key, Value })));
  const conditions = JSON.stringify([conditionOf(write.cohort)]);
  const create = command("aws elbv2 create-rule", [
    ...["--listener-arn", listenerArnOf(write.routeArn), "--conditions", conditions],
    ...["--actions", actions, "--tags", tags],
  ]);
  return lines(
    comment(
      `PRIORITY: a free one right before that of ${write.routeArn}; its conditions are needed here, too`,
    ),
    `${variable}=$(${create} --priority "$PRIORITY" --query 'Rules[0].RuleArn' --output text)`,
  );
}

function conditionOf({ kind, name, values }: Cohort): object {
  const HttpHeaderConfig =
    kind === "header"
      ? { HttpHeaderName: name, Values: values }
      : { HttpHeaderName: "Cookie", Values: values.map((value) => `*${name}=${value}*`) };
  return { Field: "http-header", HttpHeaderConfig };
}

function variableOf(ruleArn: string): string {
  return `NEW_RULE_${/\d+$/.exec(ruleArn)?.[0] ?? ""}`;
}

function scaleIn({ clusterArn, spec }: Plan, suspended: boolean): string {
  return command("aws application-autoscaling register-scalable-target", [
    "--service-namespace",
    "ecs",
    "--resource-id",
    `service/${shortArn(clusterArn)}/${spec.service}`,
    "--scalable-dimension",
    "ecs:service:DesiredCount",
    "--suspended-state",
    `DynamicScalingInSuspended=${suspended}`,
  ]);
}

function markCommand(plan: Plan, mark: TakenBackMark | undefined): readonly string[] {
  return mark ? [tagService(plan, takenBackTags(mark, 0))] : [];
}

function tagService(plan: Plan, tags: Tags): string {
  return `${command("aws ecs tag-resource", ["--resource-arn", plan.serviceArn])} --tags ${tagWords(tags)}`;
}

const NOW = "$(date -u +%Y-%m-%dT%H:%M:%SZ)";
const NOW_PLACE = "@now@";

/** The AWS CLI's shorthand, where no value has anything that means something there; else JSON. */
function tagWords(tags: Tags): string {
  const entries = Object.entries(tags);
  const isPlain = ([key, value]: readonly [string, string]): boolean =>
    isMoment(key) || /^[\w.:/+-]+$/.test(value);
  if (!entries.every(isPlain)) {
    const list = entries.map(([key, value]) => ({ key, value: atRunTime(key, value, NOW_PLACE) }));
    return quote(JSON.stringify(list)).replaceAll(NOW_PLACE, `'"${NOW}"'`);
  }
  return entries
    .map(([key, value]) => {
      const word = `key=${key},value=${atRunTime(key, value, NOW)}`;
      return isMoment(key) ? `"${word}"` : word;
    })
    .join(" ");
}

/** "25@2026-…" with the time at which the command runs. */
function atRunTime(key: string, value: string, now: string): string {
  return isMoment(key) ? value.replace(/@.*$/, `@${now}`) : value;
}

/** Tags that say since when; by hand that is when the command runs. */
function isMoment(key: string): boolean {
  return key === TAG.step || key === TAG.cohort;
}
