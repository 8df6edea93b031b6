/** Something that must hold did not. */
export class Violation extends Error {
  readonly invariant: string
  /** What shows it: rows, answers, lines of a log. */
  readonly rows: readonly unknown[]

  constructor(invariant: string, rows: readonly unknown[]) {
    super(invariant)
    this.invariant = invariant
    this.rows = rows
  }
}

/** Throws when there are rows that break an invariant. */
export function requireNone(invariant: string, rows: readonly unknown[]): void {
  if (rows.length > 0) throw new Violation(invariant, rows.slice(0, 20))
}
