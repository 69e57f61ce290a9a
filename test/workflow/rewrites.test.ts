import { expect, test } from "vitest";
import { rewrite } from "./rewrites.ts";

test("what act does not know is rewritten, and nothing else", () => {
  const text = [
    "concurrency:",
    "  group: sluice",
    "  queue: max # deployments queue",
    "jobs:",
    "  plan:",
    "    environment:",
    "      name: production",
    "      deployment: false # the record is ours",
    "    steps:",
    "      - uses: $/actions/plan # its own",
    "      - id: all",
    "        uses: $/",
    "      - run: echo 'uses: $/'",
    "  approve:",
    "    environment: { name: approval, deployment: false }",
    "",
  ];
  const { text: rewritten, applied } = rewrite(text.join("\n"));
  expect(rewritten.split("\n")).toEqual([
    "concurrency:",
    "  group: sluice",
    "jobs:",
    "  plan:",
    "    environment:",
    "      name: production",
    "    steps:",
    "      - uses: OWNER/sluice/actions/plan@v1 # its own",
    "      - id: all",
    "        uses: OWNER/sluice@v1",
    "      - run: echo 'uses: $/'",
    "  approve:",
    "    environment: { name: approval }",
    "",
  ]);
  expect(applied).toEqual(["own repository", "queue", "deployment"]);
  expect(rewrite(rewritten)).toEqual({ text: rewritten, applied: [] });
});
