import { setSecret } from "@actions/core";
import { SluiceError } from "../core/errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const AUDIENCE = "sts.amazonaws.com";
const TIMEOUT_MS = 10_000;

/**
 * A new OIDC token of this job for AWS, masked in the log. Throws SluiceError: "configuration" where the job may
 * not have one, "transient" where GitHub fails for the moment. `environment` is a runner's: GitHub gives
 * ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN to jobs with `id-token: write`.
 */
export async function fetchOidcToken(environment: Environment): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = environment;
  if (!url || !secret) {
    throw new SluiceError("configuration", "input role-to-assume: this job may not have an OIDC token", {
      hint: "Give the job `permissions: id-token: write` (and contents: read). A pull request from a fork never has it.",
    });
  }
  const address = new URL(url);
  address.searchParams.set("audience", AUDIENCE);
  const token = tokenIn(await ask(address, secret));
  setSecret(token);
  return token;
}

async function ask(address: URL, secret: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(address, {
      headers: { authorization: `Bearer ${secret}`, accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return await response.json();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SluiceError("transient", `GitHub gave no OIDC token: ${why}`, { cause: error });
  }
  const mayPass = response.status >= 500 || response.status === 429 || response.status === 408;
  throw new SluiceError(
    mayPass ? "transient" : "configuration",
    `GitHub gave no OIDC token: ${response.status} ${response.statusText}`.trimEnd(),
    mayPass ? {} : { hint: "Check that the job has `permissions: id-token: write`, and run it again." },
  );
}

function tokenIn(body: unknown): string {
  if (typeof body === "object" && body !== null && "value" in body && typeof body.value === "string")
    return body.value;
  throw new SluiceError("transient", "GitHub gave no OIDC token: its answer has none");
}
