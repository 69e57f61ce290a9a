// @ts-check

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts users' requests, and writes them in the Prometheus text format. Health checks are not counted. */
export class Metrics {
  /**
   * Counters that are there before they count: of one that first appears at 3, Prometheus never sees those three.
   *
   * @type {Map<string, number>}
   */
  #requests = new Map([
    ["200", 0],
    ["500", 0],
  ]);
  /** Not cumulative; the last one is +Inf. */
  #buckets = Array.from({ length: BUCKETS_SECONDS.length + 1 }, () => 0);
  #sumSeconds = 0;
  #version;

  /** @param {string} version */
  constructor(version) {
    this.#version = version;
  }

  /**
   * Counts the request when its response has ended. One that ended without an answer has the code "none".
   *
   * @param {import("node:http").ServerResponse} response
   */
  observe(response) {
    const startMs = performance.now();
    response.once("close", () => {
      const code = response.writableFinished ? String(response.statusCode) : "none";
      this.add(code, (performance.now() - startMs) / 1000);
    });
  }

  /**
   * @param {string} code
   * @param {number} seconds
   */
  add(code, seconds) {
    this.#requests.set(code, (this.#requests.get(code) ?? 0) + 1);
    this.#sumSeconds += seconds;
    const index = BUCKETS_SECONDS.findIndex((bound) => seconds <= bound);
    const at = index === -1 ? BUCKETS_SECONDS.length : index;
    this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
  }

  /** The exposition text, version 0.0.4. */
  render() {
    return [
      "# HELP orders_info The version that answers.",
      "# TYPE orders_info gauge",
      `orders_info{version="${this.#version}"} 1`,
      "# HELP http_requests_total Requests of users, by status code.",
      "# TYPE http_requests_total counter",
      ...[...this.#requests].sort().map(([code, count]) => `http_requests_total{code="${code}"} ${count}`),
      ...this.#renderHistogram("http_request_duration_seconds"),
      "",
    ].join("\n");
  }

  /** @param {string} name */
  #renderHistogram(name) {
    let count = 0;
    const buckets = this.#buckets.map((inBucket, index) => {
      count += inBucket;
      return `${name}_bucket{le="${BUCKETS_SECONDS[index] ?? "+Inf"}"} ${count}`;
    });
    return [
      `# HELP ${name} From the request's head to the end of its answer.`,
      `# TYPE ${name} histogram`,
      ...buckets,
      `${name}_sum ${this.#sumSeconds}`,
      `${name}_count ${count}`,
    ];
  }
}
