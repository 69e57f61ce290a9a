/** How a simulated image behaves. Times are the app's own: `settings.speed` does not shorten them. */
export interface Behaviour {
  /** From the start of the container until it runs. Default 0. */
  readonly startDelayMs?: number;
  /** It never runs, for this reason in AWS's words. */
  readonly startFailure?: string;
  /** From running until it accepts connections; "never" for one that listens nowhere. Default 0. */
  readonly readyAfterMs?: number | "never";
  /** The status of its health check. Default 200. */
  readonly healthStatus?: number;
  /** It ends by itself, so long after it began to run. */
  readonly crash?: { readonly afterMs: number; readonly exitCode: number };
  /** Share of requests answered with an error, 0-1. Default 0. */
  readonly errorRate?: number;
  /** Share of requests whose connection it resets, 0-1: the load balancer answers 502. Default 0. */
  readonly resetRate?: number;
  /** Share of requests that it never answers, 0-1: the load balancer answers 504 in its stead. Default 0. */
  readonly hangRate?: number;
  /** Default 10. */
  readonly latencyMs?: number;
  /** How long it takes to end after SIGTERM; "never" waits for SIGKILL. Default 0. */
  readonly stopsAfterMs?: number | "never";
  /** Lines that it writes when it has started. */
  readonly says?: readonly string[];
  /** The image's digest. Default: one of its name. */
  readonly digest?: string;
}

/** A simulated container behind a target, for synthetic traffic. */
export interface VirtualTarget {
  readonly taskArn: string;
  readonly container: string;
  /** As the sandbox knows it. */
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** As it is now; `setBehaviour` changes that of tasks that run already, too. */
  readonly behaviour: Behaviour;
  readonly runningSinceMs: number;
  /** It accepts connections. */
  readonly ready: boolean;
  /** It has got SIGTERM. */
  readonly stopping: boolean;
}
