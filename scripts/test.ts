import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join, relative } from "node:path";

/**
 * Runs all tests in two lanes side by side: tests on real time mostly wait, those on virtual time compute, and give way
 * to them, since a process that waits for its turn answers no request in time. What the second lane says follows when
 * the first has ended, and what failed in either lane once more at the end, where a cut log still shows it. Arguments
 * go to vitest in both lanes. The last line counts.
 */
const LANES = [["sandbox"], ["unit", "virtual"]] as const;

interface Lane {
  readonly exitCode: number;
  readonly passed: number;
  readonly failed: number;
  /** What failed, one block of text a test: its file, its name, and why. */
  readonly failures: readonly string[];
}

/** The priority of what computes: any other process comes first. */
const GIVES_WAY = 15;

const folder = mkdtempSync(join(tmpdir(), "sluice-tests-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function runLane(projects: readonly string[], args: readonly string[], isFirst: boolean): Promise<Lane> {
  const results = join(folder, `${projects.join("-")}.json`);
  const child = spawn(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--passWithNoTests",
      ...projects.flatMap((project) => ["--project", project]),
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${results}`,
      ...args,
    ],
    { stdio: ["ignore", isFirst ? "inherit" : "pipe", isFirst ? "inherit" : "pipe"] },
  );
  if (!isFirst && child.pid !== undefined) setPriority(child.pid, GIVES_WAY);
  const later: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => later.push(chunk));
  const stop = (): boolean => child.kill("SIGTERM");
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      said.push(Buffer.concat(later));
      resolve({ exitCode: code ?? 1, ...countsIn(results) });
    });
  });
}

/** A lane that died before its results were written counts as a failure by its exit code. */
function countsIn(results: string): Omit<Lane, "exitCode"> {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(results, "utf8"));
    return { passed: numPassedTests, failed: numFailedTests, failures: testResults.flatMap(failuresOf) };
  } catch {
    return { passed: 0, failed: 0, failures: [] };
  }
}

/** The part of vitest's JSON report that is read here; a file's own message is that of its hooks and imports. */
interface TestFile {
  readonly name: string;
  readonly message: string;
  readonly assertionResults: readonly {
    status: string;
    fullName: string;
    failureMessages: readonly string[];
  }[];
}

function failuresOf({ name, message, assertionResults }: TestFile): string[] {
  const file = relative(".", name);
  const failed = assertionResults
    .filter(({ status }) => status === "failed")
    .map(({ fullName, failureMessages }) => `FAILED ${file}: ${fullName}\n${failureMessages.join("\n")}\n`);
  return message === "" ? failed : [...failed, `FAILED ${file}\n${message}\n`];
}

const said: Buffer[] = [];
const args = process.argv.slice(2);
const lanes = await Promise.all(LANES.map((projects, index) => runLane(projects, args, index === 0)));
for (const text of said) process.stdout.write(text);
for (const { failures } of lanes) for (const failure of failures) console.log(failure);
const sum = (key: "passed" | "failed"): number => lanes.reduce((total, lane) => total + lane[key], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = lanes.some(({ exitCode }) => exitCode !== 0) || sum("passed") === 0 ? 1 : 0;
