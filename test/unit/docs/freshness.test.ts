import { expect, test } from "vitest";
import { faultSchema } from "../../../sandbox/faults/schema.ts";
import { settingsSchema } from "../../../sandbox/settings.ts";
import { withActionTables } from "../../../scripts/action-docs.ts";
import { filesBelow, proseOf, readText } from "./pages.ts";

test("the tables of inputs and outputs in README.md are those of action.yml", () => {
  const page = readText("README.md");
  expect(withActionTables(page, readText("action.yml"))).toBe(page);
});

test("a changed description would show in README.md", () => {
  const changed = readText("action.yml").replace("Path of the spec", "Path of the file");
  expect(withActionTables(readText("README.md"), changed)).not.toBe(readText("README.md"));
});

test("README.md without its markers is refused", () => {
  expect(() => withActionTables("# Sluice", readText("action.yml"))).toThrow(/lacks/);
});

test("every kind of journal line has a row, and every row is a kind", () => {
  const kinds = [...readText("src/core/journal.ts").matchAll(/kind: "([a-z-]+)"/g)].map(([, kind]) => kind);
  const page = readText("docs/reference/journal.md");
  const rows = [...page.slice(page.indexOf("| kind | when |")).matchAll(/^\| `([a-z-]+)` \| \w+ /gm)].map(
    ([, row]) => row,
  );
  expect(kinds.length).toBeGreaterThan(5);
  expect([...kinds].sort()).toEqual([...rows].sort());
});

test("every setting and fault of the sandbox is documented, and every path of its control API", () => {
  const page = readText("docs/how-to/sandbox.md");
  const settings = Object.keys(settingsSchema.shape);
  const faults = faultSchema.options.map((option) => option.shape.kind.value);
  const paths = [...readText("sandbox/control.ts").matchAll(/"(?:GET|POST|PUT|DELETE) (\/_sandbox\/\w+)"/g)];
  const wanted = [...settings, ...faults, ...paths.map(([, path = ""]) => path)];
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter((word) => !page.includes(`\`${word}\``) && !page.includes(`${word}\``))).toEqual([]);
});

test("every key of a sandbox file is documented", () => {
  const page = proseOf({ path: "sandbox.md", text: readText("docs/how-to/sandbox.md") });
  const keys = [...readText("sandbox/definition.ts").matchAll(/readonly (\w+)\??:/g)].map(([, key]) => key);
  const words = new Set([...page.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => code.split(/[^\w]+/)));
  expect(keys.length).toBeGreaterThan(30);
  expect(keys.filter((key) => !words.has(key ?? ""))).toEqual([]);
});

test("every message in docs/troubleshooting.md is one that the sources have", () => {
  const sources = filesBelow("src", ".ts").map(readText).join("\n");
  const headings = [...readText("docs/troubleshooting.md").matchAll(/^### (.*)$/gm)].map(
    ([, text = ""]) => text,
  );
  const quoted = headings.flatMap((heading) =>
    [...heading.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text),
  );
  const fragments = quoted
    .flatMap((text) => text.split(/…|\.yml:7:5/))
    .map((text) => text.replaceAll(/^\W+|\W+$/g, ""))
    .filter((text) => /\w{3}.*\w{3}/.test(text));
  expect(fragments.length).toBeGreaterThan(30);
  expect(fragments.filter((fragment) => !sources.includes(fragment))).toEqual([]);
});
