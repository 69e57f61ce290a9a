import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Visits and orders a second of each version, by target group. */
export type Rates = Readonly<Record<string, { readonly visits: number; readonly orders: number }>>;

/** A metrics API on loopback: a count for each period asked about, of those who have its key. */
export interface Figures {
  readonly url: string;
  rates: Rates;
  /** What it answers instead of figures, with the key that it was given in its words; undefined: figures. */
  status: number | undefined;
  /** Queries that it has had. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Answers to who has `key` in the header x-api-key, and with 401 to everybody else. */
export async function serveFigures(key: string, rates: Rates): Promise<Figures> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://figures.example");
    const query = searchParams.get("query") ?? "";
    const given = String(request.headers["x-api-key"] ?? "");
    asked.push(query);
    const status = given === key ? figures.status : 401;
    const body = status
      ? { error: `the key ${given} cannot be served now` }
      : { points: pointsOf(query, searchParams, figures.rates) };
    response.writeHead(status ?? 200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const figures: Figures = {
    url: `http://127.0.0.1:${port}/figures?query=\${query}&from=\${from-seconds}&to=\${to-seconds}&step=\${period-seconds}`,
    rates,
    status: undefined,
    asked,
    close: () => closed(server),
  };
  return figures;
}

/** "orders orders-green", period by period. */
function pointsOf(query: string, given: URLSearchParams, rates: Rates): readonly (readonly number[])[] {
  const [what = "", group = ""] = query.split(" ");
  const rate = rates[group];
  const perSecond = what === "visits" ? rate?.visits : what === "orders" ? rate?.orders : undefined;
  if (perSecond === undefined) return [];
  const [from = 0, to = 0, step = 1] = ["from", "to", "step"].map((name) => Number(given.get(name)));
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, nth) => [
    from + nth * step,
    perSecond * step,
  ]);
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
