import { expect, test } from "vitest";
import { call } from "../../../src/aws/failures.ts";

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

test.each([
  ["CredentialsProviderError", "Could not load credentials from any providers", /are they there/],
  ["UnrecognizedClientException", "The security token included in the request is invalid.", /are they there/],
  ["SignatureDoesNotMatch", "The request signature we calculated does not match", /are they there/],
  ["ExpiredTokenException", "The security token included in the request is expired", /have expired/],
  ["ExpiredToken", "The security token included in the request is expired", /have expired/],
  [
    "TokenProviderError",
    "The SSO session has expired or is otherwise invalid",
    /have expired.*aws sso login/,
  ],
  ["Error", "Region is missing", /--region/],
  ["AccessDeniedException", "User is not authorized", /Allow ecs:DescribeServices/],
])("%s: what to do is said", async (name, message, hint) => {
  const request = call("ecs:DescribeServices", () => Promise.reject(named(name, message)));
  await expect(request).rejects.toMatchObject({ kind: "aws", hint: expect.stringMatching(hint) });
});
