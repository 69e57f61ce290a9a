import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "undici";
import { startLoad } from "../src/cli/rehearse/load.ts";
import { type Servers, startSandboxProcess, startTasks } from "./servers.ts";
import { medianOf, quantileOf, seededRandom } from "./statistics.ts";

/** The load of `sluice rehearse`, whose figures this measurement vouches for. */
export const REHEARSAL_REQUESTS_PER_SECOND = 320;
const TASKS = 4;
const CONNECTIONS = 32;
const ROUNDS = 2;
const FLAT_OUT_MS = 3_000;
const ALONE_REQUESTS = 1_000;
const AT_RATE_MS = 4_000;

/** The same requests through the listener, and straight to tasks. */
export interface Pair {
  readonly listener: number;
  readonly direct: number;
}

export interface PassThrough {
  /** 32 connections, each with its next request as soon as the last was answered. */
  readonly requestsPerSecond: Pair;
  /** One request at a time. */
  readonly aloneP50Ms: Pair;
  readonly aloneP99Ms: Pair;
  /** Under the rehearsal's own load, counted from when each request was due. */
  readonly atRateP50Ms: Pair;
  readonly atRateP99Ms: Pair;
}

/** What the sandbox's load balancer costs: it runs in a process of its own, its peer is the bare service. */
export async function measurePassThrough(options: {
  readonly seed: number;
  readonly signal: AbortSignal;
}): Promise<PassThrough> {
  const tasks = await startTasks(TASKS);
  try {
    const sandbox = await startSandboxProcess();
    try {
      return await compare({ listener: sandbox, direct: tasks }, options);
    } finally {
      await sandbox.close();
    }
  } finally {
    await tasks.close();
  }
}

interface Sides {
  readonly listener: Servers;
  readonly direct: Servers;
}

async function compare(
  sides: Sides,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): Promise<PassThrough> {
  const random = seededRandom(seed);
  const flatOut: Pair[] = [];
  const atRate: { readonly p50Ms: Pair; readonly p99Ms: Pair }[] = [];
  await inTurn(sides, flatOutRate); // warms up
  for (let round = 0; round < ROUNDS; round++) {
    signal.throwIfAborted();
    flatOut.push(await inTurn(sides, flatOutRate));
    const { listener, direct } = await inTurn(sides, (servers) => latencyAtRate(servers, random));
    atRate.push({
      p50Ms: { listener: listener.p50Ms, direct: direct.p50Ms },
      p99Ms: { listener: listener.p99Ms, direct: direct.p99Ms },
    });
  }
  const alone = await latenciesAlone(sides);
  return {
    requestsPerSecond: medianPair(flatOut),
    aloneP50Ms: eachSide(alone, (ms) => medianOf(ms)),
    aloneP99Ms: eachSide(alone, (ms) => quantileOf(ms, 0.99)),
    atRateP50Ms: medianPair(atRate.map(({ p50Ms }) => p50Ms)),
    atRateP99Ms: medianPair(atRate.map(({ p99Ms }) => p99Ms)),
  };
}

/** Requests answered a second when every connection always has one under way. */
async function flatOutRate({ urls }: Servers): Promise<number> {
  const clients = Array.from(
    { length: CONNECTIONS },
    (_, index) => new Client(urls[index % urls.length] ?? ""),
  );
  const startedMs = performance.now();
  let answered = 0;
  try {
    await Promise.all(
      clients.map(async (client) => {
        while (performance.now() - startedMs < FLAT_OUT_MS) {
          await get(client);
          answered++;
        }
      }),
    );
    return (answered * 1000) / (performance.now() - startedMs);
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
  }
}

/** One request at a time over one connection, to the one side and the other by turns. */
async function latenciesAlone(sides: Sides): Promise<{ listener: number[]; direct: number[] }> {
  const clients = eachSide(sides, ({ urls }) => new Client(urls[0] ?? ""));
  const took = { listener: [] as number[], direct: [] as number[] };
  try {
    for (let request = 0; request < ALONE_REQUESTS; request++) {
      for (const side of ["direct", "listener"] as const) {
        const sentMs = performance.now();
        await get(clients[side]);
        took[side].push(performance.now() - sentMs);
      }
    }
    return took;
  } finally {
    await Promise.all([clients.listener.destroy(), clients.direct.destroy()]);
  }
}

/** As a rehearsal measures it. Throws when a request failed. */
async function latencyAtRate(
  { urls }: Servers,
  random: () => number,
): Promise<{ readonly p50Ms: number; readonly p99Ms: number }> {
  const load = startLoad({
    url: urls[0] ?? "",
    requestsPerSecond: REHEARSAL_REQUESTS_PER_SECOND,
    slowShare: 0,
    random,
    nowMs: () => performance.timeOrigin + performance.now(),
  });
  await sleep(AT_RATE_MS);
  const { overall, failed, failures } = await load.stop();
  if (failed > 0) throw new Error(`${failed} requests failed, the first: ${failures[0]?.seen}`);
  return { p50Ms: overall.p50Ms ?? Number.NaN, p99Ms: overall.p99Ms ?? Number.NaN };
}

async function get(client: Client): Promise<void> {
  const { statusCode, body } = await client.request({ method: "GET", path: "/orders" });
  await body.text();
  if (statusCode !== 200) throw new Error(`GET /orders: ${statusCode}`);
}

/** One side after the other, so that they do not take each other's processor. */
async function inTurn<T>(
  sides: Sides,
  measure: (servers: Servers) => Promise<T>,
): Promise<{ readonly listener: T; readonly direct: T }> {
  const direct = await measure(sides.direct);
  return { direct, listener: await measure(sides.listener) };
}

function eachSide<T, U>(
  sides: { readonly listener: T; readonly direct: T },
  to: (side: T) => U,
): { readonly listener: U; readonly direct: U } {
  return { listener: to(sides.listener), direct: to(sides.direct) };
}

const medianPair = (pairs: readonly Pair[]): Pair => ({
  listener: medianOf(pairs.map(({ listener }) => listener)),
  direct: medianOf(pairs.map(({ direct }) => direct)),
});
