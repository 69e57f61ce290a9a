import type { Account } from "../arns.ts";
import type { Service } from "../wire/service.ts";
import type { Sessions } from "./sessions.ts";

/** The one IAM user of the sandbox, whatever credentials a client signs with, but those of a role's session. */
export function sandboxUserArn(account: Pick<Account, "accountId">): string {
  return `arn:aws:iam::${account.accountId}:user/sandbox`;
}

/** STS: tells callers who they are, and lets them assume roles by OIDC tokens where there are `sessions`. */
export function createSts(account: Pick<Account, "accountId">, sessions?: Sessions): Service {
  return {
    name: "sts",
    operations: {
      GetCallerIdentity: (_input, { accessKeyId }) => {
        const session = sessions?.identityOf(accessKeyId);
        return {
          UserId: session?.userId ?? "AIDASANDBOXUSER000001",
          Account: account.accountId,
          Arn: session?.arn ?? sandboxUserArn(account),
        };
      },
      ...(sessions ? { AssumeRoleWithWebIdentity: sessions.assume } : {}),
    },
  };
}
