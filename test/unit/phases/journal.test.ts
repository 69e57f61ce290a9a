import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import type { JournalLine } from "../../../src/core/journal.ts";
import { openJournal } from "../../../src/phases/journal.ts";
import { NOW_MS } from "../core/world.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, "deep", "down", "journal.jsonl");
const readLines = (): unknown[] =>
  readFileSync(path(), "utf8")
    .trimEnd()
    .split("\n")
    .map((text) => JSON.parse(text));

test("each event is a line with its time and version, in order", () => {
  let nowMs = NOW_MS;
  const journal = openJournal(
    path(),
    () => nowMs++,
    () => {},
  );
  journal.record({ kind: "waiting", reason: "two\nlines" });
  journal.record({ kind: "rolling-back", gate: "errors", reason: "bad" });
  expect(readLines()).toEqual([
    { version: 1, atMs: NOW_MS, kind: "waiting", reason: "two\nlines" },
    { version: 1, atMs: NOW_MS + 1, kind: "rolling-back", gate: "errors", reason: "bad" },
  ]);
  expect(journal.lines).toEqual(readLines());
});

test("an event is in the file before anybody hears of it", () => {
  const heard: { readonly line: JournalLine; readonly inFile: number }[] = [];
  const journal = openJournal(
    path(),
    () => NOW_MS,
    (line) => heard.push({ line, inFile: readLines().length }),
  );
  journal.record({ kind: "waiting", reason: "a" });
  journal.record({ kind: "waiting", reason: "b" });
  expect(heard.map(({ inFile }) => inFile)).toEqual([1, 2]);
  expect(heard.map(({ line }) => line)).toEqual(journal.lines);
});

test("a file that is there already is added to", () => {
  openJournal(
    path(),
    () => NOW_MS,
    () => {},
  ).record({ kind: "waiting", reason: "first job" });
  openJournal(
    path(),
    () => NOW_MS,
    () => {},
  ).record({ kind: "waiting", reason: "second job" });
  expect(readLines()).toMatchObject([{ reason: "first job" }, { reason: "second job" }]);
});

test("an error is written with what it says", () => {
  const error = new SluiceError("aws", "access denied", { hint: "Allow it.", cause: new Error("403") });
  const journal = openJournal(
    path(),
    () => NOW_MS,
    () => {},
  );
  journal.record({ kind: "phase-ended", phase: "stage", outcome: { kind: "failed", error } });
  expect(readLines()).toMatchObject([
    { outcome: { error: { kind: "aws", message: "access denied", hint: "Allow it." } } },
  ]);
});

test("a file that cannot be written any more stops nothing, and is said once", () => {
  const heard: JournalLine[] = [];
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    const journal = openJournal(
      path(),
      () => NOW_MS,
      (line) => heard.push(line),
    );
    rmSync(dirname(path()), { recursive: true });
    journal.record({ kind: "rolling-back", gate: "errors", reason: "bad" });
    journal.record({ kind: "waiting", reason: "draining" });
    expect(heard.map(({ kind }) => kind)).toEqual(["rolling-back", "waiting"]);
    expect(journal.lines).toEqual(heard);
    expect(stderr.mock.calls).toEqual([[expect.stringContaining("the journal cannot be written any more")]]);
  } finally {
    stderr.mockRestore();
  }
});

test("a file that cannot be written at all is refused before anything is done", () => {
  mkdirSync(path(), { recursive: true });
  expect(() =>
    openJournal(
      path(),
      () => NOW_MS,
      () => {},
    ),
  ).toThrow("EISDIR");
});
