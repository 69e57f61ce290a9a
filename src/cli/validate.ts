import { readFile } from "node:fs/promises";
import { formatDuration } from "../core/spec/duration.ts";
import { type ParsedSpec, parseSpec } from "../core/spec/parse.ts";
import { formatProblems, type Problem } from "../core/spec/problem.ts";
import type { ServiceSpec, Spec } from "../core/spec/schema.ts";
import { stepsOf } from "../core/steps.ts";
import { whyUnreadable } from "./unreadable.ts";

/** 0: all files are valid. 1: at least one has problems. 2: at least one could not be read. */
export type ValidateStatus = 0 | 1 | 2;

export interface ValidateOptions {
  /** Print one JSON document instead of lines for people. */
  readonly json: boolean;
  /** Where the report goes. */
  readonly out: { write(text: string): unknown };
  /** The file's bytes; rejects where it cannot be read. Default: from disk. */
  readonly read?: (file: string) => Promise<Uint8Array>;
}

type FileReport =
  | { readonly kind: "valid"; readonly file: string; readonly spec: Spec }
  | {
      readonly kind: "problems";
      readonly file: string;
      readonly text: string;
      readonly problems: readonly Problem[];
    }
  | { readonly kind: "unreadable"; readonly file: string; readonly reason: string };

/** `sluice validate FILE...`: checks specs without touching anything, and says all that is wrong with each. */
export async function validateCommand(
  files: readonly string[],
  { json, out, read = readFile }: ValidateOptions,
): Promise<ValidateStatus> {
  const reports: FileReport[] = [];
  for (const file of files) reports.push(await reportOn(file, read));
  out.write(
    json ? `${JSON.stringify({ files: reports.map(toJson) }, null, 2)}\n` : reports.map(toText).join(""),
  );
  if (reports.some(({ kind }) => kind === "unreadable")) return 2;
  return reports.some(({ kind }) => kind === "problems") ? 1 : 0;
}

async function reportOn(file: string, read: (file: string) => Promise<Uint8Array>): Promise<FileReport> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await read(file));
  } catch (error) {
    return { kind: "unreadable", file, reason: whyUnreadable(error) };
  }
  const parsed: ParsedSpec = parseSpec(text, file);
  return parsed.kind === "spec"
    ? { kind: "valid", file, spec: parsed.spec }
    : { kind: "problems", file, text, problems: parsed.problems };
}

function toJson(report: FileReport): object {
  const { file } = report;
  if (report.kind === "valid") return { file, valid: true, services: report.spec.services };
  if (report.kind === "problems") return { file, valid: false, problems: report.problems };
  return { file, valid: false, error: `cannot be read: ${report.reason}` };
}

function toText(report: FileReport): string {
  if (report.kind === "unreadable") return `${report.file}: cannot be read: ${report.reason}\n`;
  if (report.kind === "valid") return validText(report.file, report.spec.services);
  const count = report.problems.length === 1 ? "1 problem" : `${report.problems.length} problems`;
  const lines = formatProblems(report.problems, report.file, report.text);
  return `${lines.join("\n")}\n${report.file}: ${count}\n`;
}

function validText(file: string, services: readonly ServiceSpec[]): string {
  const names = services.map(({ service, strategy }) => `${service} (${strategy})`).join(", ");
  return `${file}: valid: ${names}\n${services.map((service) => `  ${summary(service)}\n`).join("")}`;
}

/** What a release of the service will do, its defaults filled in. */
function summary(spec: ServiceSpec): string {
  const { production } = spec.traffic;
  const routes = production.length === 1 ? "1 production route" : `${production.length} production routes`;
  const checks = spec["smoke-checks"].length;
  const smoke = checks === 1 ? "1 smoke check" : `${checks || "no"} smoke checks`;
  const parts = [
    `cluster ${spec.cluster}`,
    routes,
    ...shiftSummary(spec),
    smoke,
    gateSummary(spec),
    `bake ${formatDuration(spec.bake)}`,
  ];
  return `${spec.service}: ${parts.join(", ")}`;
}

/** What the strategy's name leaves open. */
function shiftSummary(spec: ServiceSpec): readonly string[] {
  if (spec.strategy === "blue-green") return spec.split ? [`split at ${spec.split.weight} %`] : [];
  if (spec.strategy === "rolling") {
    const { size } = spec.batch;
    return [`batches of ${typeof size === "number" ? `${size} task${size === 1 ? "" : "s"}` : size}`];
  }
  const steps = stepsOf(spec, 1).map((step) => (step.kind === "weight" ? `${step.percent} %` : step.kind));
  return [`steps ${steps.join(" → ")}`];
}

/** The gates that are on, each with what it goes by. */
function gateSummary({ gates }: ServiceSpec): string {
  const { errors, latency, saturation } = gates;
  const alarms = gates.alarms.map(nameOfAlarm);
  const on = [
    ...(errors ? [`errors${limits(errors)}`] : []),
    ...(latency ? [`latency${limits(latency)}`] : []),
    ...gates.ratios.map((ratio) => `${ratio.name}${limits(ratio)}`),
    ...(saturation ? [`saturation${limits(saturation)}`] : []),
    ...(alarms.length > 0 ? [`${alarms.length === 1 ? "alarm" : "alarms"} ${alarms.join(", ")}`] : []),
  ];
  const off = errors === false ? ["errors gate off"] : [];
  return [...off, ...(on.length > 0 ? [`gates ${on.join(" + ")}`] : [])].join(", ");
}

interface Limited {
  readonly "max-percent"?: number | undefined;
  readonly "dry-run": boolean;
}

function limits({ "max-percent": maxPercent, "dry-run": isDryRun }: Limited): string {
  const parts = [
    ...(maxPercent === undefined || maxPercent === 100 ? [] : [`at most ${maxPercent} %`]),
    ...(isDryRun ? ["dry run"] : []),
  ];
  return parts.length > 0 ? ` (${parts.join(", ")})` : "";
}

function nameOfAlarm(alarm: ServiceSpec["gates"]["alarms"][number]): string {
  const { name, "dry-run": isDryRun } = typeof alarm === "string" ? { name: alarm, "dry-run": false } : alarm;
  return isDryRun ? `${name} (dry run)` : name;
}
