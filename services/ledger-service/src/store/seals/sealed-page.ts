import { hash } from 'node:crypto'
import type { Queryable } from '#libs/sql/database.ts'
import type { SealFields, SealVersion } from '../../proofs/texts.ts'

/** A seal as it is stored, with what was sealed. */
export interface SealRow {
  readonly seal_no: number
  readonly first_leaf: number
  readonly leaf_count: number
  readonly transaction_ids: string[]
  readonly entry_counts: number[]
  readonly leaf_hashes: Buffer
  readonly previous_hash: Buffer
  readonly root_hash: Buffer
  readonly hash: Buffer
  readonly sealed_at: Date
  readonly business_date: string
  readonly version: SealVersion
}

/** One seal, or undefined. */
export async function readSeal(sql: Queryable, seal_no: number): Promise<SealRow | undefined> {
  const [row] = await sql<(Omit<SealRow, 'transaction_ids'> & { transaction_ids: string })[]>`
    select seal_no::float8 as seal_no, first_leaf::float8 as first_leaf, leaf_count, transaction_ids::text as transaction_ids, entry_counts,
      leaf_hashes, previous_hash, root_hash, hash, sealed_at, business_date, version
    from seals where seal_no = ${seal_no}`
  return row === undefined ? undefined : { ...row, transaction_ids: row.transaction_ids.slice(1, -1).split(',') }
}

/** The number of the newest seal, 0 when there is none. */
export async function lastSealNo(sql: Queryable): Promise<number> {
  const [row] = await sql<
    { seal_no: number }[]
  >`select seal_no::float8 as seal_no from seals order by seal_no desc limit 1`
  return row?.seal_no ?? 0
}

/** What the hash of a stored seal is taken of. */
export function fieldsOf(seal: SealRow): SealFields {
  return {
    first_leaf: seal.first_leaf,
    leaf_count: seal.leaf_count,
    leaves_hash: hash('sha256', seal.leaf_hashes),
    previous_hash: seal.previous_hash.toString('hex'),
    root_hash: seal.root_hash.toString('hex'),
    seal_no: seal.seal_no,
    sealed_at: seal.sealed_at.toISOString(),
    version: seal.version,
  }
}
