import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A Markdown page of the repository. `path` is relative to its root. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

export interface Block {
  readonly page: string;
  /** Line of its first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const FOLDERS = ["docs", "examples"];

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Every page that people read here: those at the top, in docs/ and in examples/. */
export function readPages(): readonly Page[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  const below = FOLDERS.flatMap((folder) => filesBelow(folder, ".md"));
  return [...top, ...below].map((path) => ({ path, text: readText(path) }));
}

/** Paths of the files below `folder` whose names end in `suffix`, relative to the root. */
export function filesBelow(folder: string, suffix: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes("node_modules"));
}

/** The fenced code blocks of a page, those within list entries included. */
export function blocksOf({ path, text }: Page): readonly Block[] {
  const fences = text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm);
  return [...fences].map((fence) => {
    const [whole, indent = "", language = "", body = ""] = fence;
    const before = text.slice(0, fence.index + whole.indexOf("\n") + 1);
    const code = body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    return { page: path, line: before.split("\n").length, language, code };
  });
}

/** The text without its fenced and indented code. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(/^( *)```\w*\n[\s\S]*?^\1```$/gm, "").replaceAll(/^ {4}.*$/gm, "");
}
