import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { type Page, proseOf, ROOT, readPages } from "./pages.ts";

const pages = readPages();

test.each(pages)("links of $path resolve", (page) => {
  expect(linksOf(page).filter((link) => !resolves(page, link))).toEqual([]);
});

test("links are found at all", () => {
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(30);
});

/** Targets of links to files of this repository and to headings. */
function linksOf(page: Page): readonly string[] {
  const targets = [...proseOf(page).matchAll(/\]\(\s*([^()\s]+)\s*\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => !/^https?:/.test(target));
}

function resolves({ path }: Page, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? path : normalize(join(dirname(path), file));
  if (!existsSync(join(ROOT, target))) return false;
  if (anchor === undefined) return true;
  return headingsOf(pages.find((page) => page.path === target)).includes(anchor);
}

/** The anchors that GitHub gives to a page's headings. */
function headingsOf(page: Page | undefined): readonly string[] {
  const headings = [...(page?.text ?? "").matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title);
  return headings.map((title) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
