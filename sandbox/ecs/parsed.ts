/**
 * A request as an operation gets it: the wire has checked that required members are there, which the SDK's
 * types do not promise.
 */
export type Parsed<T> = {
  readonly [K in keyof T]: object extends Pick<T, K> ? T[K] : Exclude<T[K], undefined>;
};
