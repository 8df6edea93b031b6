import type { Queryable } from '#libs/sql/database.ts'
import type { BrokenLink } from './findings.ts'

/** A verification as it stands. */
export interface VerificationRow {
  readonly verification_id: string
  readonly status: 'RUNNING' | 'INTACT' | 'BROKEN'
  readonly from_seal: number
  readonly to_seal: number
  /** Null at the end. */
  readonly next_seal: number | null
  readonly seals: number
  readonly transactions: number
  readonly entries: number
  readonly broken: BrokenLink | null
  readonly started_at: Date
  readonly completed_at: Date | null
}

/** Verifications that are under way (there is one at most), or the one with an id. */
export async function findVerification(sql: Queryable, id?: string): Promise<VerificationRow | undefined> {
  const [row] = await sql<VerificationRow[]>`
    select verification_id, status, from_seal::float8 as from_seal, to_seal::float8 as to_seal, next_seal::float8 as next_seal,
      seals::float8 as seals, transactions::float8 as transactions, entries::float8 as entries, broken, started_at, completed_at
    from ledger_verifications
    ${id === undefined ? sql`where status = 'RUNNING' for update skip locked` : sql`where verification_id = ${id}`}`
  return row
}

/** A verification as the contract answers it. */
export function verificationReply({ next_seal: _next, started_at, completed_at, ...row }: VerificationRow) {
  return { ...row, started_at: started_at.toISOString(), completed_at: completed_at?.toISOString() ?? null }
}
