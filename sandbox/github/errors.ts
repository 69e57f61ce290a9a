/** An answer that is an error, in GitHub's own form and words. */
export class GitHubError extends Error {
  readonly status: number;
  /** Beside `message`, `documentation_url` and `status`. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.details = details;
    this.headers = headers;
  }

  get body(): Readonly<Record<string, unknown>> {
    const documentation_url = "https://docs.github.com/rest";
    return { message: this.message, ...this.details, documentation_url, status: String(this.status) };
  }
}

export function notFound(): GitHubError {
  return new GitHubError(404, "Not Found");
}

export function badRequest(message: string): GitHubError {
  return new GitHubError(400, message);
}

/** 422 with a message only. */
export function unprocessable(message: string): GitHubError {
  return new GitHubError(422, message);
}

/** 422 about one field. */
export function invalidField(resource: string, field: string, message: string): GitHubError {
  return new GitHubError(422, "Validation Failed", {
    errors: [{ resource, code: "custom", field, message }],
  });
}
