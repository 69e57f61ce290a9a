import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";

export interface PinnedClients {
  /** What failed, in words, since the beginning. */
  readonly failures: readonly string[];
  readonly requests: number;
  /** How many have had their last answer from each version. */
  versions(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface PinnedClientsOptions {
  readonly url: string;
  readonly path: string;
  readonly count: number;
  /** Of each client, between the end of a request and the next one. */
  readonly pauseMs: number;
}

/** Clients that keep the cookies that they are given, as browsers do, and ask for `path` again and again. */
export function startPinnedClients({ url, path, count, pauseMs }: PinnedClientsOptions): PinnedClients {
  const pool = new Pool(url);
  const stopping = new AbortController();
  const failures: string[] = [];
  const versions = new Map<number, string>();
  let requests = 0;

  async function ask(client: number, jar: Map<string, string>): Promise<void> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const { statusCode, headers, body } = await pool.request({ method: "GET", path, headers: { cookie } });
    const text = await body.text();
    const version = String(headers["x-version"] ?? "none");
    versions.set(client, version);
    if (statusCode !== 200) failures.push(`client ${client}, version ${version}: ${statusCode} ${text}`);
    for (const line of [headers["set-cookie"] ?? []].flat()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
  }

  async function run(client: number): Promise<void> {
    const jar = new Map<string, string>();
    while (!stopping.signal.aborted) {
      requests++;
      await ask(client, jar).catch((error: unknown) => failures.push(`client ${client}: ${error}`));
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = Promise.all(Array.from({ length: count }, (_, client) => run(client)));
  return {
    failures,
    get requests() {
      return requests;
    },
    versions() {
      const counts: Record<string, number> = {};
      for (const version of versions.values()) counts[version] = (counts[version] ?? 0) + 1;
      return counts;
    },
    async stop() {
      stopping.abort();
      await running;
      await pool.destroy();
    },
  };
}
