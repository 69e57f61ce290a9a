import { expect, test } from "vitest";
import { createPrometheusSigner } from "../../../src/aws/sigv4.ts";

/**
 * Signatures computed by botocore 1.44.5 (`botocore.auth.SigV4Auth`, which shares no code with the signer here) for the same
 * requests at 2026-03-14T15:09:26Z, with `x-amz-content-sha256` set; the keys are those of AWS's own examples.
 */
const KEYS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const API = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0a1b2c3d/api/v1/";
const nowMs = () => Date.UTC(2026, 2, 14, 15, 9, 26);

test("signs a query as botocore does", async () => {
  const sign = createPrometheusSigner(async () => KEYS, "eu-west-1", nowMs);
  const headers = await sign({
    method: "POST",
    url: new URL(`${API}query_range`),
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: "query=sum%28increase%28http_requests_total%7Btask_set%3D%22ecs-svc%2F1%22%7D%5B60s%5D%29%29&start=1710428400&end=1710428460&step=60",
  });
  expect(headers).toMatchObject({
    host: "aps-workspaces.eu-west-1.amazonaws.com",
    "x-amz-date": "20260314T150926Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260314/eu-west-1/aps/aws4_request, SignedHeaders=accept;content-type;host;x-amz-content-sha256;x-amz-date, Signature=cd3cc2f11b2c63053c89e611316293105bf1fa127321056ff04e20460262c2ec",
  });
});

test("signs a session's token and the query of an address as botocore does", async () => {
  const session = { ...KEYS, sessionToken: "a/session+token==" };
  const sign = createPrometheusSigner(async () => session, "eu-west-1", nowMs);
  const headers = await sign({
    method: "GET",
    url: new URL(`${API}labels?match%5B%5D=http_requests_total&start=1710428400&end=1710428460`),
    headers: { accept: "application/json" },
  });
  expect(headers["x-amz-security-token"]).toBe("a/session+token==");
  expect(headers.authorization).toMatch(
    /SignedHeaders=accept;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=9dad36a09a1e6e61b695887febe5b7364046cb569eef7188500c7a5787f3bfbd$/,
  );
});

test("asks for credentials each time, and says what lacks them", async () => {
  let asked = 0;
  const sign = createPrometheusSigner(
    async () => {
      asked++;
      if (asked === 1) return KEYS;
      throw Object.assign(new Error("no role"), { name: "CredentialsProviderError" });
    },
    "eu-west-1",
    nowMs,
  );
  const request = { method: "GET", url: new URL(`${API}labels`), headers: {} };
  await sign(request);
  await expect(sign(request)).rejects.toMatchObject({
    kind: "aws",
    message: expect.stringMatching(/^signing for Prometheus: CredentialsProviderError: no role/),
    hint: expect.stringMatching(/role-to-assume/),
  });
});
