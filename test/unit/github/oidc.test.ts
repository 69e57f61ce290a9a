import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fetchOidcToken } from "../../../src/github/oidc.ts";

let server: Server;
let answer: RequestListener;
let asked: { readonly url: string | undefined; readonly authorization: string | undefined }[];
let printed: string[];

beforeEach(async () => {
  asked = [];
  printed = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  server = createServer((request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const runner = () => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "bearer",
});

test("a token for AWS, a new one each time, masked in the log", async () => {
  answer = (_request, response) => response.end(JSON.stringify({ value: `token-${asked.length}` }));
  expect([await fetchOidcToken(runner()), await fetchOidcToken(runner())]).toEqual(["token-1", "token-2"]);
  expect(asked[0]).toEqual({
    url: "/token?api-version=2.0&audience=sts.amazonaws.com",
    authorization: "Bearer bearer",
  });
  expect(printed.join("")).toContain("::add-mask::token-1");
  expect(printed.join("")).toContain("::add-mask::token-2");
});

test.each(["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])(
  "without %s the permission is named",
  async (name) => {
    await expect(fetchOidcToken({ ...runner(), [name]: undefined })).rejects.toMatchObject({
      kind: "configuration",
      hint: expect.stringContaining("id-token: write"),
    });
    expect(asked).toEqual([]);
  },
);

test.each([
  [500, "transient"],
  [503, "transient"],
  [429, "transient"],
  [403, "configuration"],
])("an answer of %d is %s", async (status, kind) => {
  answer = (_request, response) => response.writeHead(status).end();
  await expect(fetchOidcToken(runner())).rejects.toMatchObject({
    kind,
    message: expect.stringContaining(String(status)),
  });
});

test.each([
  ["no JSON", "<html>"],
  ["no token", "{}"],
  ["null", "null"],
])("an answer with %s may pass", async (_name, body) => {
  answer = (_request, response) => response.end(body);
  await expect(fetchOidcToken(runner())).rejects.toMatchObject({ kind: "transient" });
});

test("a connection that breaks may pass", async () => {
  answer = (request) => request.socket.destroy();
  await expect(fetchOidcToken(runner())).rejects.toMatchObject({ kind: "transient" });
});
