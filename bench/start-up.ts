import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { performance } from "node:perf_hooks";
import { EXAMPLE } from "./example.ts";
import { medianOf, seededRandom, shuffled } from "./statistics.ts";

interface Program {
  readonly name: "node" | "main" | "cli";
  readonly args: readonly string[];
  /** How it must end, so that nothing else is measured than what is meant. */
  readonly status: number;
  readonly says: string;
}

/** The action ends at its last input: the spec is good and read, the image is missing. AWS is asked nothing. */
const PROGRAMS: readonly Program[] = [
  { name: "node", args: ["-e", "0"], status: 0, says: "" },
  { name: "main", args: [EXAMPLE.main], status: 1, says: "input image: give the new image" },
  { name: "cli", args: [EXAMPLE.cli, "--help"], status: 0, says: "Usage: sluice" },
];

const LIMIT_MS = 20_000;

export interface StartUp {
  readonly runs: number;
  /** From spawn to exit, the middle of all runs, in milliseconds. */
  readonly medianMs: Readonly<Record<Program["name"], number>>;
  readonly allMs: Readonly<Record<Program["name"], readonly number[]>>;
}

/** Starts an empty Node process and both bundles in turn, in another order each round. */
export function measureStartUp({ runs, seed }: { readonly runs: number; readonly seed: number }): StartUp {
  const random = seededRandom(seed);
  for (const program of PROGRAMS) timeOf(program); // the first of each reads the file from the disk
  const allMs: Record<Program["name"], number[]> = { node: [], main: [], cli: [] };
  for (let round = 0; round < runs; round++) {
    for (const program of shuffled(PROGRAMS, random)) allMs[program.name].push(timeOf(program));
  }
  const medianMs = { node: medianOf(allMs.node), main: medianOf(allMs.main), cli: medianOf(allMs.cli) };
  return { runs, medianMs, allMs };
}

function timeOf({ name, args, status, says }: Program): number {
  const startedMs = performance.now();
  const ended = spawnSync(process.execPath, [...args], {
    encoding: "utf8",
    timeout: LIMIT_MS,
    env: {
      PATH: process.env.PATH,
      INPUT_SPEC: EXAMPLE.spec,
      GITHUB_RUN_ID: "1",
      RUNNER_TEMP: tmpdir(),
      AWS_REGION: "eu-west-1",
    },
  });
  const tookMs = performance.now() - startedMs;
  if (ended.status !== status || !ended.stdout.includes(says)) {
    throw new Error(`${name} ended with ${ended.status} and said:\n${ended.stdout}${ended.stderr}`);
  }
  return tookMs;
}
