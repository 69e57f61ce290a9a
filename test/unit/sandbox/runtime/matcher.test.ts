import { expect, test } from "vitest";
import { matcherAccepts } from "../../../../sandbox/runtime/matcher.ts";

test.each([
  ["200", 200, true],
  ["200", 201, false],
  ["200-299", 299, true],
  ["200-299", 300, false],
  ["200,301", 301, true],
  ["200, 301", 301, true],
  ["200,300-302", 302, true],
  ["200,301", 250, false],
  ["", 200, false],
])("matcher %j and status %i: %s", (matcher, status, accepted) => {
  expect(matcherAccepts(matcher, status)).toBe(accepted);
});
