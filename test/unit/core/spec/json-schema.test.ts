import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { schemaText, withKeyTable } from "../../../../scripts/schema.ts";
import { specJsonSchema } from "../../../../src/core/spec/json-schema.ts";
import { parseSpec } from "../../../../src/core/spec/parse.ts";
import { mutatedSpec, validSpec } from "./mutations.ts";
import { specOf, specText } from "./samples.ts";

const root = new URL("../../../../", import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), "utf8");
const reference = read("docs/reference/spec.md");

const accepts = new Ajv({ strict: false, validateFormats: false }).compile(specJsonSchema());

const METRIC = "{ namespace: a, metric: b, dimensions: { TargetGroup: '${target-group}' } }";

const blocks = [...reference.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
const examples = [read("examples/orders/sluice.yml"), ...blocks];

describe("what is derived from the definition is fresh", () => {
  test("schema/sluice.schema.json (else run: node scripts/schema.ts)", () => {
    expect(read("schema/sluice.schema.json")).toBe(schemaText());
  });

  test("the keys in docs/reference/spec.md (else run: node scripts/schema.ts)", () => {
    expect(reference).toBe(withKeyTable(reference));
    expect(reference).toContain("| `gates.errors.max-percent` | `1` |");
  });
});

describe("the JSON Schema", () => {
  test("has a description for every key", () => {
    const keys = keysOf(specJsonSchema());
    expect(keys.length).toBeGreaterThan(60);
    expect(keys.filter(({ isDescribed }) => !isDescribed)).toEqual([]);
  });

  test("keeps Sluice's own marks to itself", () => {
    expect(schemaText()).not.toMatch(/valueKind|mayBeEmpty|__schema/);
  });

  test("and parseSpec accept the example service's spec and those of the reference", () => {
    expect(examples).toHaveLength(4);
    for (const example of examples) {
      expect(accepts(parse(example)), JSON.stringify(accepts.errors)).toBe(true);
      expect(specOf(example).services.length).toBeGreaterThan(0);
    }
  });

  test("accepts every valid spec", () => {
    fc.assert(
      fc.property(validSpec, (value) => {
        expect(accepts(value), JSON.stringify(accepts.errors)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["{}", false],
    ["{ bake: 5m }", false],
    ["{ weight: 5 }", true],
    ["{ weight: 5, approve: true }", false],
    ["{ weight: 25% }", false],
    ["{ approve: false }", false],
    ["{ approve: Look. }", true],
    ["{ route: {} }", false],
    ["{ route: { header: { name: a, values: [b] } } }", true],
    ["{ route: { header: { name: a, values: [b] }, cookie: { name: a, values: [b] } } }", false],
    ["{ route: { cookie: { name: a, values: [] } } }", false],
  ])("and parseSpec agree on the step %s", (step, isValid) => {
    const text = specText(`steps: [${step}]\n`);
    expect(accepts(parse(text))).toBe(isValid);
    expect(parseSpec(text, "sluice.yml").kind).toBe(isValid ? "spec" : "problems");
  });

  test.each([
    ["strategy: rolling\nbatch: { size: 3 }", true],
    ["strategy: rolling\nbatch: { size: 30% }", true],
    ["strategy: rolling\nbatch: { size: 0 }", false],
    ["strategy: rolling\nbatch: { size: 101% }", false],
    ["freeze: [{ from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' }]", true],
    ["freeze: [{ from: '2026-01-01', until: '2026-01-02T00:00:00Z' }]", false],
    ["freeze: [{ from: '2026-01-01T00:00:00Z' }]", false],
    ["superseding: take-back", true],
    ["superseding: cancel", false],
    ["timeouts: { queue: 2h }", true],
    ["first-task-set: { launch-type: fargate }", false],
    ["gates: { latency: , saturation: , ratios: , alarms: }\nsources:", true],
    ["gates: { latency: false }", false],
    ["gates: { saturation: true }", false],
    ["gates: { errors: { tolerance: 0.9 } }", false],
    ["gates: { insufficient-evidence: pass }", false],
    ["gates: { false-alarm-percent: 0 }", false],
    ["gates: { alarms: [a, { name: b }] }", true],
    ["gates: { alarms: [5] }", false],
    ["gates: { alarms: [{ dry-run: true }] }", false],
    ["gates: { ratios: [{}] }", false],
    [`gates: { ratios: [{ name: a, from: { requests: ${METRIC}, good: ${METRIC} } }] }`, true],
    [`gates: { ratios: [{ name: a, from: { requests: ${METRIC} } }] }`, false],
    [
      `gates: { ratios: [{ name: a, from: { requests: ${METRIC}, good: ${METRIC}, bad: ${METRIC} } }] }`,
      false,
    ],
    [`gates: { errors: { from: { requests: ${METRIC}, good: ${METRIC} } } }`, false],
    [`gates: { errors: { from: { requests: ${METRIC}, bad: ${METRIC} } } }`, true],
    ["sources: { prom: {} }", false],
    ["sources: { prom: { prometheus: { url: 'http://x' } } }", true],
    ["sources: { Prom: { prometheus: { url: 'http://x' } } }", false],
    ["sources: { a: { http: { url: 'http://x?q=${query}', points: a } } }", true],
    ["sources: { a: { http: { url: 'http://x?q=${query}' } } }", false],
  ])("and parseSpec agree on %j", (more, isValid) => {
    const text = specText(`${more}\n`);
    expect(accepts(parse(text))).toBe(isValid);
    expect(parseSpec(text, "sluice.yml").kind).toBe(isValid ? "spec" : "problems");
  });

  test("refuses nothing that parseSpec accepts", () => {
    let refusals = 0;
    fc.assert(
      fc.property(mutatedSpec, (value) => {
        if (accepts(value)) return;
        refusals++;
        expect(parseSpec(JSON.stringify(value), "sluice.yml").kind).toBe("problems");
      }),
      { numRuns: 1000 },
    );
    expect(refusals).toBeGreaterThan(200);
  });
});

interface Key {
  readonly path: string;
  readonly isDescribed: boolean;
}

/** Every property of every section. */
function keysOf(value: unknown, path = ""): readonly Key[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "properties" in value ? Object.entries(value.properties ?? {}) : [];
  const keys = own.map(([key, node]) => ({ path: `${path}/${key}`, isDescribed: isDescribed(node) }));
  return [...keys, ...Object.entries(value).flatMap(([key, member]) => keysOf(member, `${path}/${key}`))];
}

function isDescribed(node: unknown): boolean {
  return typeof node === "object" && node !== null && "description" in node && node.description !== "";
}
