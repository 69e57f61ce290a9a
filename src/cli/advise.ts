import { readFile } from "node:fs/promises";
import { createClients } from "../aws/clients.ts";
import { readServiceFacts } from "../aws/service-facts.ts";
import { advise } from "../core/advise.ts";
import { SluiceError } from "../core/errors.ts";
import { parseSpec } from "../core/spec/parse.ts";
import { formatProblems } from "../core/spec/problem.ts";
import { regionOf } from "../core/spec/region.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { selectService } from "../core/spec/select.ts";
import { lookWith } from "../evidence/gates/look.ts";
import { countedTrafficOf } from "../evidence/gates/traffic.ts";
import { adviceText } from "./advise-text.ts";

/** 0: advice was given. 1: the spec has problems, or AWS could not be read. 2: a file or an option is no good. */
export type AdviseStatus = 0 | 1 | 2;

export interface AdviseOptions {
  /** Path of the spec. */
  readonly spec: string;
  readonly service?: string | undefined;
  /** Default: the Region of the spec's routes. */
  readonly region?: string | undefined;
  /** Two versions may not serve side by side. */
  readonly oneVersion: boolean;
  /** How many tasks can run beside those of the desired count. */
  readonly spareTasks?: string | undefined;
  readonly json: boolean;
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
  readonly nowMs: () => number;
}

/** `sluice advise`: which strategy fits a service, from a day of its metrics and its routes. Changes nothing. */
export async function adviseCommand(options: AdviseOptions): Promise<AdviseStatus> {
  const spareTasks = options.spareTasks === undefined ? undefined : Number(options.spareTasks);
  if (spareTasks !== undefined && !(Number.isInteger(spareTasks) && spareTasks >= 0)) {
    options.err.write(`--spare-tasks: expected a whole number of tasks, got ${options.spareTasks}\n`);
    return 2;
  }
  const text = await readText(options);
  if (text === undefined) return 2;
  try {
    const spec = specOf(options, text);
    if (!spec) return 1;
    const said = { oneVersionOnly: options.oneVersion, spareTasks };
    const clients = createClients(options.region ?? regionOf(spec));
    const { facts, minutes, toMs } = await readServiceFacts(clients, spec, said, options.nowMs());
    const advice = advise(spec, facts, lookWith(spec, countedTrafficOf(minutes, toMs)));
    const json = { service: spec.service, cluster: spec.cluster, advice, facts };
    options.out.write(
      options.json ? `${JSON.stringify(json, null, 2)}\n` : adviceText(spec.service, advice, facts),
    );
    return 0;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    options.err.write(`${error.message}\n${error.hint === undefined ? "" : `${error.hint}\n`}`);
    return 1;
  }
}

async function readText({ spec, err }: AdviseOptions): Promise<string | undefined> {
  try {
    return await readFile(spec, "utf8");
  } catch (error) {
    err.write(`${spec}: cannot be read: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

function specOf({ spec: file, service, err }: AdviseOptions, text: string): ServiceSpec | undefined {
  const parsed = parseSpec(text, file);
  if (parsed.kind === "spec") return selectService(parsed.spec, service);
  err.write(`${formatProblems(parsed.problems, file, text).join("\n")}\n`);
  return undefined;
}
