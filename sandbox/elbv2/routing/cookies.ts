/** Pins a client to a target group of a rule, over its weights. */
export const GROUP_COOKIE = "AWSALBTG";
/** Pins a client to a target of a group (`lb_cookie` stickiness). */
export const TARGET_COOKIE = "AWSALB";

/** What a stickiness cookie says. AWS encrypts it; here it is merely opaque (base64url of JSON). */
export interface Pin {
  readonly value: string;
  readonly expiresMs: number;
}

/**
 * The `Set-Cookie` headers that pin a client: the cookie and its twin for cross-origin requests, as ALB sends
 * them. They are sent anew with every response, so a pin lasts as long as its client keeps coming.
 */
export function pinCookies(name: string, pin: Pin): readonly string[] {
  const word = Buffer.from(JSON.stringify([pin.value, pin.expiresMs])).toString("base64url");
  const expires = new Date(pin.expiresMs).toUTCString();
  return [
    `${name}=${word}; Expires=${expires}; Path=/`,
    `${name}CORS=${word}; Expires=${expires}; Path=/; SameSite=None; Secure`,
  ];
}

/** Whom a request's `Cookie` header pins its client to; undefined when it does not, or no longer. */
export function pinnedTo(name: string, cookieHeader: string | undefined, nowMs: number): string | undefined {
  for (const part of cookieHeader?.split(";") ?? []) {
    const [key = "", word = ""] = part.trim().split("=");
    if (key !== name && key !== `${name}CORS`) continue;
    const pin = parsePin(word);
    if (pin && pin.expiresMs > nowMs) return pin.value;
  }
  return undefined;
}

function parsePin(word: string): Pin | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(word, "base64url").toString("utf8"));
    if (!Array.isArray(parsed)) return undefined;
    const [value, expiresMs]: unknown[] = parsed;
    return typeof value === "string" && typeof expiresMs === "number" ? { value, expiresMs } : undefined;
  } catch {
    return undefined;
  }
}
