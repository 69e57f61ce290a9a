import type { Account } from "../arns.ts";
import type { Service } from "../wire/service.ts";

/** The one IAM user of the sandbox, whatever credentials a client signs with. */
export function sandboxUserArn(account: Pick<Account, "accountId">): string {
  return `arn:aws:iam::${account.accountId}:user/sandbox`;
}

/** STS: tells every caller that it is the sandbox's user. */
export function createSts(account: Pick<Account, "accountId">): Service {
  return {
    name: "sts",
    operations: {
      GetCallerIdentity: () => ({
        UserId: "AIDASANDBOXUSER000001",
        Account: account.accountId,
        Arn: sandboxUserArn(account),
      }),
    },
  };
}
