import type { Plan } from './books.ts'

type Broken = {
  readonly line?: number
  readonly what: string
  readonly expected: string
  readonly found: string
}

/** Books of three days with two transactions each, for tests that need no others. */
export const PLAN: Plan = { text: 'x', seals: [0, 1, 2].map((i) => [[[0, i, 100 + i]], [[1, 0, 50]]]) }
/** All days of any books. */
export const DAYS: { readonly from: number; readonly to: number } = { from: 0, to: 9 }

/** A file of lines. */
export function written(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

/** The broken link of a verdict; fails where it is valid. */
export function broken(verdict: { valid: true } | { valid: false; broken: Broken }): Broken {
  if (verdict.valid) throw new Error('was taken for valid')
  return verdict.broken
}
