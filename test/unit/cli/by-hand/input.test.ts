import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  loadService,
  loadServices,
  regionOf,
  rolloutNamed,
  sourceOf,
} from "../../../../src/cli/by-hand/input.ts";
import { RULE, spec, TEST_RULE } from "../../core/world.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-input-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "sluice.yml");
  writeFileSync(path, text);
  return path;
}

const one = (service: string, indent = ""): string =>
  [
    `service: ${service}`,
    `traffic:`,
    `  production: [{ listener-rule: "${RULE}" }]`,
    `  test: { listener-rule: "${TEST_RULE}" }`,
  ].join(`\n${indent}`);
const two = `version: 1\nservices:\n  - ${one("orders", "    ")}\n  - ${one("cart", "    ")}\n`;

describe("the spec", () => {
  test("of one service, or the one that is named", () => {
    expect(loadService(file(`version: 1\n${one("orders")}\n`), undefined).service).toBe("orders");
    expect(loadService(file(two), "cart").service).toBe("cart");
    expect(loadServices(file(two), undefined).map(({ service }) => service)).toEqual(["orders", "cart"]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["two and none named", () => loadService(file(two), undefined), /2 services/],
    ["one that it has not", () => loadServices(file(two), "basket"), /"basket"/],
    [
      "no such file",
      () => loadService(join(folder, "nowhere.yml"), undefined),
      /nowhere.yml: there is no such/,
    ],
    ["a folder", () => loadService(folder, undefined), /it is a folder/],
    ["problems", () => loadService(file("version: 1\nservise: x\n"), undefined), /servise/],
  ])("%s", (_name, load, message) => {
    expect(load).toThrow(
      expect.objectContaining({ kind: "configuration", message: expect.stringMatching(message) }),
    );
  });
});

test("the Region is the routes' own; another is a mistake", () => {
  expect(regionOf(spec(), undefined)).toBe("eu-west-1");
  expect(regionOf(spec(), "eu-west-1")).toBe("eu-west-1");
  expect(() => regionOf(spec(), "us-east-1")).toThrow(/--region us-east-1: .*eu-west-1/);
});

test("what is to be released is one thing", () => {
  expect(sourceOf("orders:2", undefined)).toEqual({ kind: "image", image: "orders:2" });
  expect(sourceOf(undefined, "orders:12")).toEqual({ kind: "task-definition", taskDefinition: "orders:12" });
  expect(() => sourceOf(undefined, undefined)).toThrow(/one of --image and --task-definition/);
  expect(() => sourceOf("orders:2", "orders:12")).toThrow(/one of --image and --task-definition/);
  expect(() => sourceOf("orders :2", undefined)).toThrow(/white space/);
  expect(() => sourceOf(undefined, "taskdef.json")).toThrow(/taskdef.json/);
});

test("a rollout's name is a tag value", () => {
  expect(rolloutNamed("4711")).toBe("4711");
  expect(() => rolloutNamed("a;b")).toThrow(/--rollout/);
});
