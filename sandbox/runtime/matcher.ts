/** Whether a status is one that an ELBv2 matcher accepts: "200", "200,301", "200-299" or a mix of them. */
export function matcherAccepts(matcher: string, status: number): boolean {
  return matcher.split(",").some((part) => {
    const [from, to = from] = part.trim().split("-").map(Number);
    return from !== undefined && to !== undefined && from <= status && status <= to;
  });
}
