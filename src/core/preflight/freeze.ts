import type { ServiceSpec } from "../spec/schema.ts";
import { TAG } from "../tags.ts";
import type { Infrastructure, PlanProblem } from "./infrastructure.ts";

/**
 * Why no release may begin now: windows of the spec that hold, `from` included and `until` not, and the service's
 * own freeze tag. Releases under way and rollbacks go on.
 */
export function freezeProblems(
  spec: ServiceSpec,
  infra: Pick<Infrastructure, "serviceArn" | "tags">,
  nowMs: number,
): readonly PlanProblem[] {
  return [...windowProblems(spec, nowMs), ...tagProblems(infra)];
}

function windowProblems(spec: ServiceSpec, nowMs: number): readonly PlanProblem[] {
  return spec.freeze.flatMap(({ from, until, reason }, index) => {
    if (nowMs < Date.parse(from) || nowMs >= Date.parse(until)) return [];
    const why = reason === undefined ? "" : ` (${reason})`;
    return [
      {
        subject: `freeze[${index}] of the spec`,
        message: `no release may begin from ${from} until ${until}${why}`,
        hint: `Release again after ${until}, or change freeze in the spec; a rollback goes on at any time.`,
        onlyRelease: true,
      },
    ];
  });
}

function tagProblems({
  serviceArn,
  tags,
}: Pick<Infrastructure, "serviceArn" | "tags">): readonly PlanProblem[] {
  if (tags.freeze === undefined) return [];
  const resource = `--resource-arn ${serviceArn}`;
  return [
    {
      subject: `service ${serviceArn}`,
      message: `people have frozen it with its tag ${TAG.freeze}: ${tags.freeze}`,
      hint: `When it may be released again: aws ecs untag-resource ${resource} --tag-keys ${TAG.freeze} (it was set with: aws ecs tag-resource ${resource} --tags key=${TAG.freeze},value=REASON).`,
      onlyRelease: true,
    },
  ];
}
