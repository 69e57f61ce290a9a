import fc from "fast-check";
import { expect, test } from "vitest";
import { onOneLine } from "../../../src/github/log-text.ts";

test.each([
  ["two\nlines", "two | lines"],
  ["two\r\n  lines", "two | lines"],
  ["::error::boom", ": :error::boom"],
  ["  ::add-mask::orders", "  : :add-mask::orders"],
  ["body\n::set-output name=outcome::reached", "body | ::set-output name=outcome::reached"],
  ["it said ##[stop-commands]x", "it said ## [stop-commands]x"],
  ["###[add-mask]x", "### [add-mask]x"],
  ["\u001b[2J\u001b[31mred\u001b[0m", "red"],
  ["bell\u0007, back\u0008space, nul\u0000", "bell , back space, nul "],
  ["plain: orders:2, 50 %, a::b", "plain: orders:2, 50 %, a::b"],
])("%j", (words, text) => {
  expect(onOneLine(words)).toBe(text);
});

/** What a runner looks for: at the beginning of a line after white space, or anywhere (actions/runner, ActionCommand.cs). */
const isCommand = (line: string): boolean => line.trimStart().startsWith("::") || line.includes("##[");

test("whatever the words hold, a runner sees one line and no command", () => {
  const piece = fc.constantFrom(
    "#",
    "##",
    "[",
    "]",
    ":",
    "::",
    "\n",
    "\r",
    " ",
    "\t",
    "\u2028",
    "\u001b[1m",
    "\u001b]0;",
    "\u0007",
    "add-mask",
    "x",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const line = onOneLine(pieces.join(""));
      expect(line.split(/[\r\n\u2028\u2029]/)).toHaveLength(1);
      expect(isCommand(line)).toBe(false);
    }),
  );
});
