import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { stringify } from "yaml";
import type { RehearseOptions } from "../../src/cli/rehearse/options.ts";
import { rehearseCommand } from "../../src/cli/rehearse/rehearse.ts";
import type { RehearsalReport } from "../../src/cli/rehearse/report.ts";

const ELB = "arn:aws:elasticloadbalancing:eu-central-1:444455556666";
const BALANCER = "app/shop/50dc6c495c0c9188";
const APP = "node test/sandbox/checkout.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-rehearse-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The spec of another service: a listener is its production route, another one its test route. */
function specFile(): string {
  const path = join(folder, "sluice.yml");
  const spec = {
    version: 1,
    service: "checkout",
    cluster: "arn:aws:ecs:eu-central-1:444455556666:cluster/shop",
    traffic: {
      production: [{ listener: `${ELB}:listener/${BALANCER}/f2f7dc8efc522ab2` }],
      test: { listener: `${ELB}:listener/${BALANCER}/0467ef3c8400ae65`, url: "https://test.shop.example" },
    },
    strategy: "blue-green",
    bake: "2s",
    "smoke-checks": [{ path: "/about", json: { release: "${version}" } }],
  };
  writeFileSync(path, stringify(spec));
  return path;
}

async function rehearse(
  options: Partial<RehearseOptions>,
): Promise<{ exitCode: number; shown: string; report: () => RehearsalReport }> {
  let shown = "";
  const json = join(folder, "report.json");
  const exitCode = await rehearseCommand({
    spec: specFile(),
    app: APP,
    versionEnv: "RELEASE",
    healthPath: "/health",
    path: ["/cart"],
    desiredCount: "2",
    requestsPerSecond: "100",
    json,
    bundle: inject("mainBundle"),
    environment: process.env,
    signal: new AbortController().signal,
    ...options,
    screen: {
      write(text) {
        shown += text;
      },
    },
  });
  return { exitCode, shown, report: () => JSON.parse(readFileSync(json, "utf8")) };
}

describe("a service that is not the example", () => {
  test("is rehearsed by its own spec and command", async () => {
    const { exitCode, shown, report } = await rehearse({});
    expect(exitCode, shown).toBe(0);
    const [good, bad] = report().releases;
    expect(good).toMatchObject({ name: "checkout:2", outcome: "released", failed: 0, violations: [] });
    expect(Object.keys(good?.perVersion ?? {}).sort()).toEqual(["1", "2"]);
    expect(good?.perVersion["2"]?.requests).toBeGreaterThan(100);
    expect(bad).toMatchObject({
      outcome: "rolled-back",
      violations: [],
      takenBack: { gate: "errors", atPercent: 100 },
    });
    const own = bad?.perVersion["3"];
    expect((own?.failed ?? 0) / (own?.requests ?? 1)).toBeCloseTo(0.2, 1);
    expect(bad?.failed).toBe(own?.failed);
    expect(bad?.allAtOnce?.failed).toBeGreaterThanOrEqual(own?.failed ?? Number.POSITIVE_INFINITY);
    expect(shown).toContain("2 ARNs → those of the local AWS");
    expect(shown).toContain("traffic.test.url left out");
    expect(shown).toContain("Both releases ended as expected");
  });

  test("that ends at once is refused with its last words", async () => {
    const { exitCode, shown } = await rehearse({ app: 'echo "DATABASE_URL is not set" >&2; exit 3' });
    expect(exitCode).toBe(2);
    expect(shown).toContain("--app ended with exit code 3 before it answered GET /health");
    expect(shown).toContain("| DATABASE_URL is not set");
    expect(shown).not.toContain("A local AWS starts");
  });

  test("that does not serve what users ask for is refused", async () => {
    const { exitCode, shown } = await rehearse({ path: ["/cart", "/nowhere"] });
    expect(exitCode).toBe(2);
    expect(shown).toContain("--app does not serve GET /nowhere, which the load asks for: it answered 404");
  });
});
