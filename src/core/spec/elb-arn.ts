/** What an ARN of Elastic Load Balancing names. `balancer` is absent for a target group, whose ARN names none. */
export interface ElbArn {
  readonly region: string;
  readonly accountId: string;
  readonly resource: "listener-rule" | "listener" | "loadbalancer" | "targetgroup";
  readonly balancer?: { readonly type: string; readonly id: string };
}

/** One part of a resource's path: names are letters, digits and hyphens; ids are hex digits. */
const PART = "[A-Za-z0-9-]+";
const HEAD = "arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\\d{12}";

/**
 * Whole-text patterns of the ARNs that a spec takes. The second part of a listener's or a rule's path is its
 * load balancer's type: `app` (Application), `net` (Network), `gwy` (Gateway).
 */
export const ARN_PATTERNS = {
  "listener-rule": new RegExp(`^${HEAD}:listener-rule/app/${PART}/${PART}/${PART}/${PART}$`),
  listener: new RegExp(`^${HEAD}:listener/app/${PART}/${PART}/${PART}$`),
  targetgroup: new RegExp(`^${HEAD}:targetgroup/${PART}/${PART}$`),
} as const;

const ELB_ARN = /^arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]*):(\d*):([a-z-]+)\/(.+)$/;

/** Reads Region, account, resource and load balancer (`app/NAME/ID`), or undefined where `text` is no such ARN. */
export function parseElbArn(text: string): ElbArn | undefined {
  const [, region = "", accountId = "", resource = "", path = ""] = ELB_ARN.exec(text) ?? [];
  if (!isResource(resource)) return undefined;
  if (resource === "targetgroup") return { region, accountId, resource };
  const [type = "", name = "", id = ""] = path.split("/");
  return { region, accountId, resource, balancer: { type, id: `${type}/${name}/${id}` } };
}

function isResource(word: string): word is ElbArn["resource"] {
  return ["listener-rule", "listener", "loadbalancer", "targetgroup"].includes(word);
}

/** The listener of a route: itself, or the one that a rule belongs to. */
export function listenerArnOf(routeArn: string): string {
  return routeArn.includes(":listener-rule/")
    ? routeArn.replace(":listener-rule/", ":listener/").replace(/\/[^/]+$/, "")
    : routeArn;
}
