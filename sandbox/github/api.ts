import type { CallRecord, Violation } from "./calls.ts";
import { contract, type Parameters } from "./contract.ts";
import type { Operation } from "./description.ts";
import { badRequest, GitHubError, notFound, unprocessable } from "./errors.ts";
import { type ApiAnswer, type ApiRequest, type Handlers, text } from "./handler.ts";
import { createLimiter, type Limiter } from "./limits.ts";
import type { Outages, Silence } from "./outages.ts";
import { createRouter, type Route } from "./routes.ts";
import { authorize, identify, type Token } from "./tokens.ts";
import type { World } from "./world.ts";

/** The only version that description.json describes, and what GitHub takes a request without one for. */
const API_VERSION = "2022-11-28";

export interface HttpRequest {
  /** In capitals. */
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** "" without one. */
  readonly body: string;
}

/** Headers have small letters. */
export type HttpAnswer = Silence | Required<ApiAnswer>;

export interface ApiParts {
  readonly world: World;
  readonly operations: readonly Operation[];
  readonly handlers: Handlers;
  readonly tokens: ReadonlyMap<string, Token>;
  readonly outages: Outages;
  /** Gets every call that has ended. */
  readonly calls: CallRecord[];
  readonly violations: Violation[];
}

/** Answers requests as GitHub does, and holds both sides to GitHub's own description. */
export function createApi(parts: ApiParts): (request: HttpRequest) => HttpAnswer {
  const { world, calls } = parts;
  const findRoute = createRouter(parts.operations);
  const limiter = createLimiter<Token>();
  return (request) => {
    const [path = "/"] = request.path.split("?");
    const route = findRoute(request.method, path);
    const answer = answerOf(parts, limiter, request, route);
    calls.push({
      seq: calls.length + 1,
      atMs: world.clock.nowMs(),
      operation: route?.operation.id ?? "unknown",
      method: request.method,
      path: request.path,
      body: jsonOf(request.body),
      status: typeof answer === "object" ? answer.status : undefined,
    });
    return answer;
  };
}

function answerOf(
  parts: ApiParts,
  limiter: Limiter<Token>,
  request: HttpRequest,
  route: Route | undefined,
): HttpAnswer {
  const { world, outages } = parts;
  const operationId = route?.operation.id ?? "";
  let headers: Readonly<Record<string, string>> = {};
  try {
    const silence = outages.strike(operationId, "before");
    if (silence) return silence;
    const token = identify(parts.tokens, request.headers.authorization);
    checkHeaders(parts, request);
    headers = limiter(token, world.clock.nowMs(), world.settings.callsPerHour);
    const { status, body, ...answer } = operate(parts, token, request, route);
    const lost = outages.strike(operationId, "after");
    return lost ?? { status, body, headers: { ...headers, ...answer.headers } };
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    return { status: error.status, body: error.body, headers: { ...headers, ...error.headers } };
  }
}

function checkHeaders(parts: ApiParts, request: HttpRequest): void {
  const { "user-agent": agent, "x-github-api-version": version = API_VERSION } = request.headers;
  if (!agent) {
    const message = "Request forbidden by administrative rules. A User-Agent header is required.";
    throw misfit(parts, request, ["no User-Agent header"], new GitHubError(403, message));
  }
  if (version !== API_VERSION) {
    const problem = `the sandbox speaks version ${API_VERSION}, not ${version}`;
    throw misfit(parts, request, [problem], badRequest(problem));
  }
}

/** Records that the request is wrong in itself, whatever the state of the world; gives `error` back. */
function misfit(
  { violations }: ApiParts,
  { method, path }: HttpRequest,
  problems: readonly string[],
  error: GitHubError,
): GitHubError {
  violations.push({ kind: "request", call: `${method} ${path}`, problems });
  return error;
}

function operate(parts: ApiParts, token: Token, request: HttpRequest, route: Route | undefined): ApiAnswer {
  const { world, handlers, violations } = parts;
  if (!route) throw misfit(parts, request, ["the sandbox has no such operation"], notFound());
  const { operation } = route;
  const asked = { ...read(parts, request, route), login: token.login };
  if (!isOurRepository(world, asked.parameters)) throw notFound();
  authorize(token, operation.id, world.settings.isPrivate);
  const handler = handlers[operation.id];
  if (!handler) throw new Error(`Nothing handles ${operation.id}`);
  const answer = handled(() => handler(asked));
  const problems = contract.answer(operation, answer.status, answer.body);
  if (problems.length === 0) return answer;
  violations.push({ kind: "answer", call: `${request.method} ${request.path}`, problems });
  throw new GitHubError(500, `The sandbox's answer does not fit: ${problems.join("; ")}`);
}

/** A refusal is an answer like any other, and has to fit as well. */
function handled(work: () => ApiAnswer): ApiAnswer {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    return { status: error.status, body: error.body, headers: error.headers };
  }
}

/** What the request asks, in the description's terms; throws where it does not fit them. */
function read(parts: ApiParts, request: HttpRequest, { operation, path }: Route): Omit<ApiRequest, "login"> {
  const query = new URLSearchParams(request.path.split("?")[1]);
  const parameters = contract.parameters(operation, { ...path, ...Object.fromEntries(query) });
  const json = jsonOf(request.body);
  if (typeof json === "string")
    throw misfit(parts, request, ["the body is no JSON"], badRequest("Problems parsing JSON"));
  const body = contract.body(operation, json);
  if (parameters.kind === "fits" && body.kind === "fits")
    return { parameters: parameters.value, body: body.value, given: new Set(query.keys()) };
  const problems = [parameters, body].flatMap((part) => (part.kind === "misfit" ? part.problems : []));
  throw misfit(parts, request, problems, unprocessable(`Invalid request.\n\n${problems.join("\n")}`));
}

/** Names of owners and repositories are not case-sensitive. */
function isOurRepository({ repository }: World, parameters: Parameters): boolean {
  const asked = `${text(parameters, "owner")}/${text(parameters, "repo")}`;
  return asked.toLowerCase() === `${repository.owner}/${repository.name}`.toLowerCase();
}

/** Text that is no JSON stays text. */
function jsonOf(body: string): unknown {
  if (body === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
