import { markdownTable } from "markdown-table";

/** One measurement beside what it is measured by: a peer of the same run, or a promise. */
export interface Figure {
  readonly name: string;
  readonly measured: number;
  readonly reference: { readonly name: string; readonly value: number };
  /** Of both values: "ms", "req/s", "calls". */
  readonly unit: string;
  /** What the ratio of measured to reference must be. Left out: the figure is for information. */
  readonly bound?: Bound;
}

export interface Bound {
  readonly kind: "at-most" | "at-least";
  readonly ratio: number;
}

/** Measured over reference. */
export const ratioOf = ({ measured, reference }: Figure): number => measured / reference.value;

/** Whether a stated bound is missed. What cannot be compared with it misses it. */
export function misses(figure: Figure): boolean {
  if (!figure.bound) return false;
  const ratio = ratioOf(figure);
  return figure.bound.kind === "at-most" ? !(ratio <= figure.bound.ratio) : !(ratio >= figure.bound.ratio);
}

/** A Markdown table, a row for each figure. */
export function renderFigures(figures: readonly Figure[]): string {
  const head = ["figure", "measured", "beside", "", "ratio", "bound", ""];
  const rows = figures.map((figure) => [
    figure.name,
    formatValue(figure.measured, figure.unit),
    formatValue(figure.reference.value, figure.unit),
    figure.reference.name,
    ratioOf(figure).toFixed(2),
    figure.bound ? `${figure.bound.kind === "at-most" ? "≤" : "≥"} ${figure.bound.ratio}` : "–",
    figure.bound ? (misses(figure) ? "MISSED" : "ok") : "",
  ]);
  return markdownTable([head, ...rows], { align: ["l", "r", "r", "l", "r", "r", "l"] });
}

/** Three digits that count, or all in front of the point: "0.42 ms", "41.3 ms", "2 310 ms". */
function formatValue(value: number, unit: string): string {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, " ")} ${unit}`;
}
