import { SluiceError } from "../../core/errors.ts";
import { excerpt } from "../../core/fill.ts";
import { BodyTooLongError, type HttpAnswer, type HttpRequest } from "../http.ts";

/** What every source over HTTP needs of its surroundings. */
export interface SourceDeps {
  /** What queries may name besides the versions' own. */
  readonly values: Readonly<Partial<Record<"service" | "cluster" | "load-balancer", string>>>;
  /** Where secrets are. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

/** A gate's queries; `bad` counts good ones where the gate asks for those. */
export interface SourceQueries {
  readonly requests: string;
  readonly bad: string;
  /** The gate's period, by which `check` asks; `read` goes by its window's. */
  readonly periodMs: number;
}

/** Who is asked, for messages, and what may not be in them. */
export interface Asked {
  readonly title: string;
  readonly secrets: readonly string[];
  /** What to do when it says that one may not: 401 and 403. */
  readonly whenDenied: string;
}

export interface Asking {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 20_000;
const MAX_BODY_BYTES = 33_554_432;
const SHORTEST_SECRET = 4;
/** Asking again may help: https://www.rfc-editor.org/rfc/rfc9110#section-15 and RFC 6585 for 429. */
const mayPass = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/**
 * The answer, whatever its status. Throws SluiceError: "transient" where nobody answered, "configuration" for a
 * redirect, which would take secrets elsewhere, a certificate that is not trusted and an answer of more than 32 MiB.
 */
export async function ask(send: SourceDeps["send"], asked: Asked, asking: Asking): Promise<HttpAnswer> {
  const { title } = asked;
  let answer: HttpAnswer;
  try {
    answer = await send({ ...asking, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES });
  } catch (error) {
    asking.signal.throwIfAborted();
    throw failureToSend(error, asked);
  }
  if (answer.status >= 300 && answer.status < 400) {
    throw new SluiceError(
      "configuration",
      `${title} answered ${answer.status}, a redirect, which is not followed`,
      {
        hint: "Give the address that it leads to as `url`.",
      },
    );
  }
  return answer;
}

/** What an answer's status says, other than success; `detail` is the server's own words, where it has some. */
export function failureOf(status: number, detail: string, asked: Asked): SluiceError {
  const words = redact(excerpt(detail, 300), asked.secrets);
  const message = `${asked.title} answered ${status}${words === "" ? "" : `: ${words}`}`;
  if (mayPass(status)) return new SluiceError("transient", message);
  if (status !== 401 && status !== 403) return new SluiceError("configuration", message);
  return new SluiceError("configuration", message, { hint: asked.whenDenied });
}

/** The JSON of an answer. Throws SluiceError "configuration": who answers otherwise is somebody else. */
export function jsonOf({ status, body }: HttpAnswer, asked: Asked): unknown {
  try {
    return JSON.parse(body);
  } catch {
    const seen = redact(excerpt(body, 120), asked.secrets);
    throw new SluiceError(
      "configuration",
      `${asked.title} answered ${status} with something other than JSON: ${JSON.stringify(seen)}`,
      { hint: "Does `url` point at its API, and not at a page or a proxy's login?" },
    );
  }
}

/** The text without secrets, as they are or as URLs and JSON have them. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .sort((one, other) => other.length - one.length)
    .reduce((rest, form) => rest.replaceAll(form, "***"), text);
}

/** A secret from the environment. Throws SluiceError "configuration" that names the variable, and never its value. */
export function secretOf(env: SourceDeps["env"], variable: string, key: string): string {
  const secret = env[variable]?.trim();
  if (!secret) {
    throw new SluiceError(
      "configuration",
      `the environment variable ${variable}, which ${key} names, is not set`,
      {
        hint: `Give it as a line of the input source-secrets, ${variable}=\${{ secrets.${variable} }}, or in the environment of the step that runs Sluice.`,
      },
    );
  }
  if (/^[\x20-\x7e]+$/.test(secret)) return secret;
  throw new SluiceError(
    "configuration",
    `the environment variable ${variable}, which ${key} names, has characters that no header may have`,
  );
}

function failureToSend(error: unknown, { title, secrets }: Asked): SluiceError {
  if (error instanceof BodyTooLongError) {
    return new SluiceError("configuration", `${title} answered with more than ${MAX_BODY_BYTES >> 20} MiB`);
  }
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError") {
    return new SluiceError("transient", `${title} did not answer within ${TIMEOUT_MS / 1000} s`);
  }
  const words = redact(error instanceof Error ? error.message || name : String(error), secrets);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const isUntrusted = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code);
  return new SluiceError(
    isUntrusted ? "configuration" : "transient",
    `${title} could not be reached: ${words}`,
    isUntrusted ? { hint: "NODE_EXTRA_CA_CERTS names a file of certificates to trust." } : {},
  );
}
