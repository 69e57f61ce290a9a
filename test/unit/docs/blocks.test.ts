import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { parseSpec } from "../../../src/core/spec/parse.ts";
import { formatProblems } from "../../../src/core/spec/problem.ts";
import { blocksOf, readPages, readText } from "./pages.ts";

const blocks = readPages().flatMap(blocksOf);
const inLanguage = (language: string) => blocks.filter((block) => block.language === language);
const isSpec = (code: string): boolean => /^version: 1$/m.test(code);

test("pages have blocks of each language that is checked here", () => {
  expect(inLanguage("yaml").length).toBeGreaterThan(5);
  expect(inLanguage("json").length).toBeGreaterThan(2);
  expect(inLanguage("yaml").filter(({ code }) => isSpec(code)).length).toBeGreaterThan(3);
});

describe.each(inLanguage("yaml"))("YAML at $page:$line", ({ page, code }) => {
  test("parses, and passes the spec's check where it is one", () => {
    expect(parseDocument(code).errors.map(({ message }) => message)).toEqual([]);
    if (!isSpec(code)) return;
    const parsed = parseSpec(code, page);
    expect(parsed.kind === "problems" ? formatProblems(parsed.problems, page, code) : []).toEqual([]);
  });
});

test.each(inLanguage("json"))("JSON at $page:$line parses", ({ code }) => {
  expect(() => JSON.parse(code)).not.toThrow();
});

test.each(inLanguage("sh"))("shell commands at $page:$line parse", ({ code }) => {
  const { status, stderr } = spawnSync("bash", ["-n"], { input: code, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("the spec in README.md is that of the example service", () => {
  const shown = blocksOf({ path: "README.md", text: readText("README.md") }).find(({ code }) => isSpec(code));
  expect(parse(shown?.code ?? "")).toEqual(parse(readText("examples/orders/sluice.yml")));
});
