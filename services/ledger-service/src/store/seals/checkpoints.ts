import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { CheckpointFields, CheckpointSigner } from '../../proofs/checkpoint-signer.ts'

/** A signed checkpoint with the seal that it is of. */
export interface CheckpointRow extends CheckpointFields {
  readonly note: string
  readonly signed_at: Date
}

interface Wanted {
  readonly signer: CheckpointSigner
  readonly now: Date
  /** The last seal of this business day instead of the newest. */
  readonly business_date?: string
}

/** Signs the tree as it was after the newest seal, or a day's last one, unless that was done before; undefined while nothing is sealed. */
export async function signCheckpoint(
  tx: Tx,
  { signer, now, business_date }: Wanted,
): Promise<CheckpointRow | undefined> {
  const ofDay =
    business_date === undefined
      ? tx`order by seal_no desc`
      : tx`where business_date = ${business_date} order by seal_no desc`
  const [seal] = await tx<(CheckpointFields & { note: string | null })[]>`
    select s.seal_no::float8 as seal_no, (s.first_leaf + s.leaf_count)::float8 as tree_size, s.root_hash, s.hash as seal_hash, s.sealed_at,
      s.business_date, c.note
    from (select * from seals ${ofDay} limit 1) s left join checkpoints c using (seal_no)`
  if (seal === undefined) return undefined
  if (seal.note === null) {
    await tx`
      insert into checkpoint_keys (key_hash, verifier_key, master_key, since)
      values (${signer.key_hash}, ${signer.verifier_key}, ${signer.master_key}, ${now}) on conflict do nothing`
    await tx`
      insert into checkpoints (seal_no, tree_size, note, key_hash, business_date, signed_at)
      values (${seal.seal_no}, ${seal.tree_size}, ${await signer.note(seal)}, ${signer.key_hash}, ${seal.business_date}, ${now})
      on conflict (seal_no) do nothing`
  }
  const [row] = await readCheckpoints(tx, { seal_no: seal.seal_no })
  return row
}

/** Checkpoints in the order of their trees: of one seal, or the first that reach a size, or pages. */
export async function readCheckpoints(
  sql: Queryable,
  wanted:
    | { seal_no: number }
    | { reaching: number }
    | { from: number; limit: number }
    | { before: number | null; limit: number },
): Promise<CheckpointRow[]> {
  const rows = await sql<CheckpointRow[]>`
    select c.seal_no::float8 as seal_no, c.tree_size::float8 as tree_size, s.root_hash, s.hash as seal_hash, s.sealed_at, s.business_date, c.note,
      c.signed_at
    from checkpoints c join seals s using (seal_no) ${whereOf(sql, wanted)}`
  return Array.from(rows)
}

function whereOf(sql: Queryable, wanted: Parameters<typeof readCheckpoints>[1]) {
  if ('seal_no' in wanted) return sql`where c.seal_no = ${wanted.seal_no}`
  if ('reaching' in wanted) return sql`where c.tree_size >= ${wanted.reaching} order by c.tree_size limit 1`
  const { limit } = wanted
  if ('from' in wanted) return sql`where c.tree_size >= ${wanted.from} order by c.tree_size limit ${limit}`
  if (wanted.before === null) return sql`order by c.tree_size desc limit ${limit}`
  return sql`where c.tree_size < ${wanted.before} order by c.tree_size desc limit ${limit}`
}

/** A checkpoint as the contract answers it. */
export function checkpointReply({ root_hash, seal_hash, sealed_at, signed_at, ...row }: CheckpointRow) {
  return {
    tree_size: row.tree_size,
    root_hash: root_hash.toString('hex'),
    seal_no: row.seal_no,
    seal_hash: seal_hash.toString('hex'),
    sealed_at: sealed_at.toISOString(),
    business_date: row.business_date,
    signed_at: signed_at.toISOString(),
    note: row.note,
  }
}
