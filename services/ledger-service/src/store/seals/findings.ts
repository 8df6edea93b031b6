/** The first thing that does not fit: what it is, what it should be, and what it is instead. */
export interface BrokenLink {
  readonly seal_no: number | null
  readonly what: string
  readonly expected: string
  readonly found: string
}

/** A broken link with an account that it concerns. */
export interface Finding {
  readonly broken: BrokenLink
  readonly account_id: string | null
  readonly cached_cents: bigint
  readonly computed_cents: bigint
}
