import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGitHub } from "../../sandbox/github/github.ts";
import type { JobResult } from "../../src/cli/rehearse/job.ts";
import { ordersDefinition, specText } from "./orders.ts";
import { lastSeq } from "./reading.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let folder: string;

/** A file that no shell may make. */
const touched = (): string => join(folder, "touched");

/** What a shell, a runner, a terminal, a browser and the files of a runner would each like to obey. */
const hostile = (): string =>
  [
    "##[stop-commands]x ::error::x <img src=x onerror=alert(1)> \u001b[31mred",
    `$(touch ${touched()}) \`touch ${touched()}\`; touch ${touched()} #`,
    "::set-output name=outcome::reached",
    "  ::error title=Gone::all is lost",
    "::add-mask::orders",
    "ghadelimiter_00000000-0000-0000-0000-000000000000",
    "outcome=reached",
    "\u001b[31mred\u001b]0;title\u0007",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "# All is well",
    "| a | b |",
    "[click](https://example.com) ![](https://example.com/x.png) ```",
    "it said ##[save-state name=request;]{}",
  ].join("\n");

/** Gets healthy, answers everything else with the hostile words, and says them. */
const SERVER = `
  console.log(process.env.WORDS);
  console.error(process.env.WORDS);
  require("node:http").createServer((request, response) => {
    response.statusCode = request.url === "/readyz" ? 200 : 503;
    response.end(process.env.WORDS);
  }).listen(Number(process.env.PORT ?? 8080));
  process.on("SIGTERM", () => process.exit(0));
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-injection-"));
  const image = { command: ["node", "-e", SERVER], environment: { WORDS: hostile() } };
  world = await openWorld({
    definition: ordersDefinition({ deregistrationSeconds: 1, images: { "orders:hostile": image } }),
  });
});

afterAll(async () => {
  await world?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const OUTPUTS = [
  "approve-promotion",
  "approve-steps",
  "earlier-run",
  "gate",
  "journal",
  "outcome",
  "reason",
  "rollout",
  "waits-for",
];
/** The commands that the action means to give its runner. */
const OWN_COMMAND = /^::(error|warning) title=Sluice%3A [^:]*::|^::add-mask::ghs_sandbox$/;
/** As actions/runner finds a command: at the beginning of a line, or anywhere in one. */
const isCommand = (line: string): boolean => line.trimStart().startsWith("::") || line.includes("##[");

/** What others said reached log, outputs, annotations and summary as text, and nothing of it was obeyed. */
function expectText(result: JobResult): void {
  const commands = result.log.split(/[\r\n\u2028\u2029]+/).filter(isCommand);
  expect(commands.filter((line) => !OWN_COMMAND.test(line) || line.includes("##["))).toEqual([]);
  expect(Object.keys(result.outputs).filter((name) => !OUTPUTS.includes(name))).toEqual([]);
  expect(
    Object.values(result.outputs)
      .flatMap((value) => value.split("\n"))
      .filter(isCommand),
  ).toEqual([]);
  expect(Object.keys(result.state).filter((name) => !["request", "progress"].includes(name))).toEqual([]);
  for (const text of [result.log, result.summary, ...Object.values(result.outputs)]) {
    expect(text).not.toMatch(/(?![\t\r\n])\p{Cc}/u);
  }
  expectTextOnPage(result.summary);
  expect(existsSync(touched())).toBe(false);
}

/** Outside fences, where everything is text. */
function expectTextOnPage(markdown: string): void {
  const page = markdown.replaceAll(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, "");
  expect(page).not.toMatch(/<(?!\/?(details|summary|br)\b)\w/);
  expect(page).not.toMatch(/^ *# /m);
  expect(page).not.toMatch(/(?<!\\)\]\(https:\/\/example\.com/);
}

test("what a version answers and prints", async () => {
  const spec = specText({ with: { "smoke-checks": [{ path: "/checked", attempts: 3 }], bake: "1s" } });
  const job = { runId: "6801", spec, image: "orders:hostile" };
  const result = await world.run({ ...job, inputs: { version: hostile() } });
  expect(result.outputs).toMatchObject({ outcome: "rolled-back", gate: "smoke" });
  expect(result.outputs.reason).toContain('got 503: "## [stop-commands]x ::error::x');
  expect(result.log).toContain("said last: it said ## [save-state");
  expect(JSON.stringify(result.journal)).toContain("##[stop-commands]x");
  expectText(result);
});

test("why a person asked for it", async () => {
  const github = await createGitHub();
  try {
    const environment = {
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: `${github.repository.owner}/${github.repository.name}`,
      GITHUB_SHA: github.addRun({ id: 6802 }).headSha,
      GITHUB_EVENT_NAME: "workflow_dispatch",
      GITHUB_ACTOR: "octocat",
    };
    const asked = { rollout: "current", to: "orders:1", reason: hostile() };
    const inputs = { ...asked, "github-token": github.token.value, environment: "production" };
    const result = await world.run({ runId: "6802", phase: "rollback", environment, inputs });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toContain("octocat");
    expect(result.summary).toContain("octocat");
    expect(github.violations).toEqual([]);
    expectText(result);
  } finally {
    await github.close();
  }
});

describe("an input", () => {
  test.each([
    "phase",
    "spec",
    "service",
    "image",
    "task-definition",
    "strategy",
    "approvals",
    "to",
    "gates",
    "rollout",
    "environment-url",
    "watch-for",
    "role-to-assume",
    "aws-region",
  ])("%s that is hostile is refused in words, before AWS is asked to change anything", async (name) => {
    const writes = world.sandbox.calls.writes().length;
    const result = await world.run({
      runId: "6803",
      phase: name === "to" || name === "gates" ? "rollback" : "stage",
      image: name === "task-definition" ? "" : "orders:2",
      inputs: { ...(name === "to" ? { rollout: "current" } : {}), [name]: hostile() },
    });
    expect(result.exitCode, result.log).toBe(1);
    expect(result.outputs.outcome).toBe("failed");
    expect(world.sandbox.calls.writes()).toHaveLength(writes);
    expectText(result);
  });
});

test("the token is masked before anything else is said, and nowhere else", async () => {
  const secret = "ghs_sandbox";
  const inputs = { "github-token": secret, rollout: "6804" };
  const before = lastSeq(world.sandbox);
  const result = await world.run({ runId: "6804", phase: "plan", image: "orders:2", inputs });
  expect(result.exitCode, result.log).toBe(0);
  expect(lastSeq(world.sandbox)).toBeGreaterThan(before);
  const [first, ...rest] = result.log.split("\n");
  expect(first).toBe(`::add-mask::${secret}`);
  const said = [
    rest.join("\n"),
    result.summary,
    JSON.stringify([result.outputs, result.state, result.journal]),
  ];
  for (const text of said) expect(text).not.toContain(secret);
  expectText(result);
});
