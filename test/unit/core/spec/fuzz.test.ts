import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDocument, stringify } from "yaml";
import { parseSpec } from "../../../../src/core/spec/parse.ts";
import { formatProblems } from "../../../../src/core/spec/problem.ts";
import { listSchema, singleSchema } from "../../../../src/core/spec/schema.ts";
import { mutatedSpec, validSpec } from "./mutations.ts";
import { specText } from "./samples.ts";

/** What holds for any text at all. */
function expectSound(text: string): void {
  const parsed = parseSpec(text, "sluice.yml");
  if (parsed.kind === "spec") return;
  const lineCount = text.split("\n").length;
  expect(parsed.problems.length).toBeGreaterThan(0);
  for (const { line, column, message, seen, allowed, path } of parsed.problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lineCount);
    expect(column).toBeGreaterThanOrEqual(1);
    expect([message, seen, allowed].filter((words) => words === "")).toEqual([]);
    expect(`${path}${message}${seen}`).not.toMatch(/Invalid input|undefined|\[object|\n|\p{Cc}/u);
  }
  const lines = parsed.problems.map(({ line }) => line);
  expect(lines).toEqual([...lines].sort((a, b) => a - b));
  expect(formatProblems(parsed.problems, "sluice.yml", text).length).toBeGreaterThanOrEqual(lines.length);
}

const isBroken = (text: string): boolean => parseDocument(text).errors.length > 0;

describe("parseSpec never throws, and every problem is somewhere and says something", () => {
  test("for any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), expectSound), { numRuns: 500 });
  });

  test("for text of YAML's own characters", () => {
    const character = fc.constantFrom(..."ab:-?,[]{}#&*!|>'\"%@` \n\t~<=.0${}");
    const text = fc.array(character, { maxLength: 60 }).map((characters) => characters.join(""));
    fc.assert(fc.property(text, expectSound), {
      numRuns: 1500,
      examples: [["? "], ["| a\t"], ["%YAML 1.1\n---\na: 2020-01-01"]],
    });
  });

  test("for any YAML value", () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(value, (one) => expectSound(stringify(one))),
      { numRuns: 500 },
    );
  });

  test("for a valid spec with a character put in, taken out or changed", () => {
    const valid = specText("bake: 5m\nsmoke-checks:\n  - { path: /x, json: { a: [1, '${version}'] } }\n");
    const edit = fc.tuple(fc.nat(valid.length), fc.integer({ min: 0, max: 3 }), fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(edit, ([at, cut, put]) => expectSound(valid.slice(0, at) + put + valid.slice(at + cut))),
      { numRuns: 1000 },
    );
  });

  test("for a valid spec with values dropped, renamed and retyped", () => {
    fc.assert(
      fc.property(mutatedSpec, (value) => expectSound(stringify(value))),
      { numRuns: 700 },
    );
  });
});

test("broken YAML is never a spec", () => {
  const text = fc
    .tuple(fc.nat(specText().length), fc.constantFrom("\t", "'", '"', "[", "}", "- ", ": ", "@"))
    .map(([at, put]) => specText().slice(0, at) + put + specText().slice(at))
    .filter(isBroken);
  fc.assert(
    fc.property(text, (one) => {
      expect(parseSpec(one, "sluice.yml").kind).toBe("problems");
    }),
    { numRuns: 200 },
  );
});

test("a valid spec gives what its definition gives, from block and from flow style alike", () => {
  fc.assert(
    fc.property(validSpec, (value) => {
      const services =
        "services" in value ? listSchema.parse(value).services : [withoutVersion(singleSchema.parse(value))];
      expect(parseSpec(stringify(value), "sluice.yml")).toEqual({ kind: "spec", spec: { services } });
      expect(parseSpec(JSON.stringify(value), "sluice.yml")).toEqual({ kind: "spec", spec: { services } });
    }),
    { numRuns: 200 },
  );
});

function withoutVersion<T extends { readonly version: 1 }>({
  version: _,
  ...service
}: T): Omit<T, "version"> {
  return service;
}
