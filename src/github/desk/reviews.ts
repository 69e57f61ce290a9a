import type { GitHubClient } from "../client.ts";
import type { Decision } from "../desk.ts";
import type { Complain } from "./create.ts";

const PERMISSION = "actions: read";

/** Whether a job of the run waits for a review in an environment. Names of environments are not case-sensitive. */
export async function pendingIn(
  client: GitHubClient,
  complain: Complain,
  runId: number,
  environment: string,
): Promise<"pending" | "settled" | "unknown"> {
  const answer = await client.ask(PERMISSION, async (api, repository) => {
    const { data } = await api.actions.getPendingDeploymentsForRun({ ...repository, run_id: runId });
    return data.some(({ environment: { name } }) => name?.toLowerCase() === environment.toLowerCase());
  });
  if (answer.kind === "ok") return answer.value ? "pending" : "settled";
  complain(`whether somebody is asked in ${environment} is not known`, answer);
  return "unknown";
}

/** What reviewers decided in the run, each environment for itself. */
export async function decisionsOf(
  client: GitHubClient,
  complain: Complain,
  runId: number,
): Promise<readonly Decision[]> {
  const answer = await client.ask(PERMISSION, async (api, repository) => {
    const { data } = await api.actions.getReviewsForRun({ ...repository, run_id: runId });
    return data.flatMap(({ state, user, comment, environments }) =>
      environments.flatMap(({ name }): readonly Decision[] => {
        if (state !== "approved" && state !== "rejected") return [];
        return [
          {
            kind: "decided",
            what: state,
            by: user.login,
            ...(name ? { environment: name } : {}),
            ...(comment ? { comment } : {}),
          },
        ];
      }),
    );
  });
  if (answer.kind === "ok") return answer.value;
  complain("who approved is not recorded", answer);
  return [];
}
