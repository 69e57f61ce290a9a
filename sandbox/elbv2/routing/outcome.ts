import type {
  Action,
  ForwardActionConfig,
  RedirectActionConfig,
} from "@aws-sdk/client-elastic-load-balancing-v2";

export interface WeightedGroup {
  readonly targetGroupArn: string;
  readonly weight: number;
}

export interface Forward {
  readonly kind: "forward";
  readonly groups: readonly WeightedGroup[];
  /** How long target-group stickiness lasts; undefined: off. */
  readonly stickySeconds?: number;
}

export interface FixedResponse {
  readonly kind: "fixed-response";
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Redirect {
  readonly kind: "redirect";
  readonly status: number;
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
}

/** What a route does with a request once every step before it (authentication) has passed. */
export type Outcome = Forward | FixedResponse | Redirect | { readonly kind: "none" };

/**
 * The last action of a route, in `Order`. Actions before it (authenticate-oidc, authenticate-cognito,
 * jwt-validation) let every request pass: the sandbox has no identity provider.
 */
export function outcomeOf(actions: readonly Action[]): Outcome {
  const ordered = [...actions].sort((one, other) => (one.Order ?? 0) - (other.Order ?? 0));
  const last = ordered[ordered.length - 1];
  switch (last?.Type) {
    case "forward":
      return forwardOf(last);
    case "fixed-response":
      return {
        kind: "fixed-response",
        status: Number(last.FixedResponseConfig?.StatusCode),
        contentType: last.FixedResponseConfig?.ContentType ?? "text/plain",
        body: last.FixedResponseConfig?.MessageBody ?? "",
      };
    case "redirect":
      return redirectOf(last.RedirectConfig);
    default:
      return { kind: "none" };
  }
}

/** Every target group that the actions name, at whatever weight, once each. */
export function groupsOf(actions: readonly Action[]): readonly WeightedGroup[] {
  const weights = new Map<string, number>();
  for (const action of actions) {
    if (action.Type !== "forward") continue;
    for (const group of forwardOf(action).groups) weights.set(group.targetGroupArn, group.weight);
  }
  return [...weights].map(([targetGroupArn, weight]) => ({ targetGroupArn, weight }));
}

/** Where a redirect sends a request; `#{…}` words and absent parts are taken from the request itself. */
export function redirectLocation(
  redirect: Redirect,
  from: { protocol: string; host: string; port: number; path: string; query: string },
): string {
  const words: Readonly<Record<string, string>> = {
    protocol: from.protocol,
    host: from.host,
    port: String(from.port),
    path: from.path.replace(/^\//, ""),
    query: from.query,
  };
  const fill = (text: string) => text.replace(/#\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
  const protocol = fill(redirect.protocol).toLowerCase();
  const port = fill(redirect.port);
  const query = fill(redirect.query);
  const shownPort = (protocol === "https" ? "443" : "80") === port ? "" : `:${port}`;
  return `${protocol}://${fill(redirect.host)}${shownPort}${fill(redirect.path)}${query && `?${query}`}`;
}

function forwardOf(action: Action): Forward {
  const config: ForwardActionConfig = action.ForwardConfig ?? {
    TargetGroups: [{ TargetGroupArn: action.TargetGroupArn, Weight: 1 }],
  };
  const groups = (config.TargetGroups ?? []).flatMap(({ TargetGroupArn, Weight }) =>
    TargetGroupArn === undefined ? [] : [{ targetGroupArn: TargetGroupArn, weight: Weight ?? 1 }],
  );
  const stickiness = config.TargetGroupStickinessConfig;
  const stickySeconds = stickiness?.Enabled ? stickiness.DurationSeconds : undefined;
  return { kind: "forward", groups, ...(stickySeconds === undefined ? {} : { stickySeconds }) };
}

function redirectOf(config: RedirectActionConfig | undefined): Redirect {
  return {
    kind: "redirect",
    status: config?.StatusCode === "HTTP_301" ? 301 : 302,
    protocol: config?.Protocol ?? "#{protocol}",
    host: config?.Host ?? "#{host}",
    port: config?.Port ?? "#{port}",
    path: config?.Path ?? "/#{path}",
    query: config?.Query ?? "#{query}",
  };
}
