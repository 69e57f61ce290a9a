import { closeSync, openSync, readSync } from "node:fs";
import type { JournalLine } from "../../core/journal.ts";

/** Reads what has been appended to a journal since the last call. A line that is not whole yet is left for later. */
export class JournalFollower {
  readonly #path: string;
  #offset = 0;
  #rest = "";

  constructor(path: string) {
    this.#path = path;
  }

  read(): readonly JournalLine[] {
    const lines = (this.#rest + this.#readAppended()).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.map((line): JournalLine => JSON.parse(line));
  }

  #readAppended(): string {
    let file: number;
    try {
      file = openSync(this.#path, "r");
    } catch {
      return ""; // not begun yet
    }
    try {
      const chunks: Buffer[] = [];
      const buffer = Buffer.alloc(65_536);
      for (let size = -1; size !== 0; ) {
        size = readSync(file, buffer, 0, buffer.length, this.#offset);
        this.#offset += size;
        chunks.push(Buffer.from(buffer.subarray(0, size)));
      }
      return Buffer.concat(chunks).toString("utf8");
    } finally {
      closeSync(file);
    }
  }
}
