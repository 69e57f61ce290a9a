/** Live: what is changed changes GitHub's behaviour from now on. */
export interface GitHubSettings {
  /** In a public repository every token may read. Default: private. */
  isPrivate: boolean;
  /** How long a new Deployment is missing from lists, as from a replica that lags behind. Default 0. */
  listLagMs: number;
  /**
   * A success leaves earlier Deployments of a production environment as they are, as GitHub's reference says; what
   * its changelog of October 2018 says, and what its pages show, is the default: they become inactive.
   */
  productionStaysActive: boolean;
  /** Which review the history of a run begins with: GitHub does not say. Default: the newest. */
  newestReviewFirst: boolean;
  /** Calls an hour that a token has. GITHUB_TOKEN: 1,000 a repository. */
  callsPerHour: number;
  /** Ids in the subject of OIDC tokens, as in repositories made since 15 July 2026. Default: names only. */
  idsInSubject: boolean;
}

export const defaultSettings: GitHubSettings = {
  isPrivate: true,
  listLagMs: 0,
  productionStaysActive: false,
  newestReviewFirst: true,
  callsPerHour: 1000,
  idsInSubject: false,
};
