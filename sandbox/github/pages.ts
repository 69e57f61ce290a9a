import { type ApiRequest, integer } from "./handler.ts";

/** How many of a list GitHub gives at once, at most. */
const LARGEST_PAGE = 100;

export interface Page<T> {
  readonly items: readonly T[];
  /** `Link` with first, prev, next and last, where there is more than one page. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The page of `all` that the request asks for. `url` is the list's own, without query. */
export function pageOf<T>(all: readonly T[], request: ApiRequest, url: string): Page<T> {
  const size = Math.min(LARGEST_PAGE, Math.max(1, integer(request.parameters, "per_page")));
  const page = Math.max(1, integer(request.parameters, "page"));
  const last = Math.max(1, Math.ceil(all.length / size));
  const items = all.slice((page - 1) * size, page * size);
  const linked = (number: number, rel: string): string => {
    const query = new URLSearchParams();
    for (const name of request.given) query.set(name, String(request.parameters[name]));
    query.set("per_page", String(size));
    query.set("page", String(number));
    return `<${url}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [linked(1, "first"), linked(Math.min(page - 1, last), "prev")] : []),
    ...(page < last ? [linked(page + 1, "next"), linked(last, "last")] : []),
  ];
  return { items, headers: links.length > 0 ? { link: links.join(", ") } : {} };
}
