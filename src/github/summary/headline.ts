import { formatDuration } from "../../core/spec/duration.ts";
import type { Version } from "../../core/story/cast.ts";
import type { Story } from "../../core/story/story.ts";
import { formatPercent } from "../../core/weights.ts";
import { asText, dateTime, link } from "./text.ts";

/** "`orders`, orders:1 → orders:2"; where no service is known, which phase it was. */
export function titleOf({ cast, told }: Pick<Story, "cast" | "told">): string {
  const begun = told.find(({ line }) => line.kind === "phase-begun")?.line;
  const service = cast?.plan.spec.service ?? (begun?.kind === "phase-begun" ? begun.service : undefined);
  if (service === undefined) return unknownTitle(told);
  const versions = [cast?.from, cast?.to].flatMap((version) => (version ? [asText(version.name)] : []));
  const isWhole = cast?.to !== undefined;
  return `\`${service.replaceAll("`", "'")}\`${isWhole ? `, ${versions.join(" → ")}` : ""}`;
}

function unknownTitle(told: Story["told"]): string {
  const end = told.findLast(({ line }) => line.kind === "job-ended")?.line;
  return end?.kind === "job-ended" ? `the ${end.phase} phase` : "the job";
}

/** "canary · rollout 123 · commit abc1234 · 2026-01-05 09:00 UTC · took 12m 4s". */
export function factsLine({ cast, fromMs, toMs }: Story): string {
  if (!cast || fromMs === undefined || toMs === undefined) return "";
  const { plan, to } = cast;
  const commit = to?.commit ?? plan.release.commit;
  const facts = [
    asText(plan.spec.strategy),
    `rollout ${link(plan.rollout, runOf(to) ?? plan.release.runUrl)}`,
    ...(commit ? [`commit ${asText(commit.slice(0, 7))}`] : []),
    `${dateTime(fromMs)}`,
    `took ${formatDuration(toMs - fromMs)}`,
  ];
  return `*${facts.join(" · ")}*`;
}

function runOf(version: Version | undefined): string | undefined {
  return version?.runUrl;
}

/** "orders:2 has 25 % of the traffic, and orders:1 the rest." Empty where the new version has none, or all. */
export function sharesText({ cast, traffic }: Pick<Story, "cast" | "traffic">): string {
  const percent = traffic.at(-1)?.percent ?? 0;
  if (!cast?.to || !cast.from || percent === 0 || percent === 100) return "";
  return `${asText(cast.to.name)} has ${formatPercent(percent)} of the traffic, and ${asText(cast.from.name)} the rest.`;
}
