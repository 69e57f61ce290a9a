import { expect, test } from "vitest";
import { renderStatus } from "../../../../src/cli/by-hand/render-status.ts";
import { createPaint } from "../../../../src/cli/rehearse/paint.ts";
import { statusOf } from "../../../../src/core/status.ts";
import { flipped, freshSet, MINUTE_MS, NOW_MS, origin, plan, service, stableSet } from "../../core/world.ts";

const plain = createPaint({ isTTY: false }, {});

const fresh = freshSet({
  origin: origin({ runUrl: "https://ci.example/7", commit: "c0ffee" }),
  healthyCount: 3,
  unhealthyReasons: ["Target.Timeout"],
});
const tags = { shifted: "run-2", step: { weightPercent: 100, atMs: NOW_MS - MINUTE_MS }, freeze: "audit" };
const status = statusOf({
  plan: plan(),
  observation: flipped(NOW_MS, { taskSets: [stableSet(), fresh], service: service(tags) }),
  images: new Map([[fresh.taskDefinitionArn, "registry/orders:2"]]),
  nowMs: NOW_MS,
});

test("people read whose it is, each version's share and health, and what comes next", () => {
  const text = renderStatus(status, plain);
  expect(text.split("\n")[0]).toBe(
    "orders (cluster shop): blue-green rollout run-2 is under way, at 100 % for 1m, commit c0ffee, https://ci.example/7",
  );
  const row = text.split("\n").find((line) => line.startsWith("new"));
  expect(row).toMatch(
    /orders:2, registry\/orders:2 +ecs-svc\/2 +100 %, test +3 of 4 \(Target\.Timeout\) +100 % +run-2 +5m ago$/,
  );
  expect(text).toMatch(/^freeze +audit$/m);
  expect(text).toMatch(/^next +baking/m);
  expect(text).toMatch(/^way back +ModifyRule orders-blue 100, orders-green 0/m);
  expect(text.endsWith("\n")).toBe(true);
});

test("no colours but on a terminal, and not with NO_COLOR", () => {
  const code = String.fromCharCode(27);
  expect(renderStatus(status, plain)).not.toContain(code);
  expect(renderStatus(status, createPaint({ isTTY: true }, { NO_COLOR: "1" }))).not.toContain(code);
  expect(renderStatus(status, createPaint({ isTTY: true }, {}))).toContain(code);
});
