import { EMPTY_TREE, restoreTree, TILE_HASHES, type Tree } from '#libs/merkle/tree.ts'
import type { Position } from '#libs/outbox/event-log.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { NO_SEAL_HASH } from '../../proofs/texts.ts'

/** Where the sealer stands: the last seal, the tree after it, and the event that everything is sealed up to. */
export interface Head {
  readonly seal_no: number
  /** Hexadecimal; that of the last seal. */
  readonly hash: string
  readonly through_id: string
  readonly tree: Tree
  readonly position: Position
  readonly horizon_ms: number
  readonly is_catching_up: boolean
}

interface StateRow extends Position {
  seal_no: number
  upper_tails: Buffer[]
  horizon: Date | null
  is_catching_up: boolean
  hash: Buffer | null
  through_id: string | null
  tree_size: number
}

const NO_ID = '00000000-0000-0000-0000-000000000000'

/** The head as it is stored, with the tree to go on from. */
export async function readHead(sql: Queryable): Promise<Head> {
  const [state] = await sql<StateRow[]>`
    select s.seal_no::float8 as seal_no, s.epoch, s.position, s.upper_tails, s.horizon, s.is_catching_up, l.hash, l.through_id,
      coalesce(l.first_leaf + l.leaf_count, 0)::float8 as tree_size
    from seal_state s left join seals l using (seal_no)`
  if (state === undefined) throw new Error('the sealer has no state')
  const { seal_no, epoch, position, tree_size } = state
  const tree = tree_size === 0 ? EMPTY_TREE : restoreTree({ size: tree_size, tail: await readTail(sql, state) })
  return {
    seal_no,
    hash: state.hash?.toString('hex') ?? NO_SEAL_HASH,
    through_id: state.through_id ?? NO_ID,
    tree,
    position: { epoch, position },
    horizon_ms: state.horizon?.getTime() ?? 0,
    is_catching_up: state.is_catching_up,
  }
}

async function readTail(sql: Queryable, state: Pick<StateRow, 'tree_size' | 'upper_tails'>): Promise<Buffer[]> {
  const { tree_size, upper_tails } = state
  const first = tree_size - (tree_size % TILE_HASHES)
  return [first === tree_size ? Buffer.alloc(0) : await readLeafHashes(sql, first, tree_size), ...upper_tails]
}

/** The leaf hashes from one index up to but not including another, out of the seals that they were sealed in. */
export async function readLeafHashes(sql: Queryable, from: number, to: number): Promise<Buffer> {
  const rows = await sql<{ hashes: Buffer }[]>`
    select substring(leaf_hashes from 1 + 32 * greatest(${from}::bigint - first_leaf, 0)::int
      for 32 * (least(${to}::bigint - first_leaf, leaf_count) - greatest(${from}::bigint - first_leaf, 0))::int) as hashes
    from seals
    where first_leaf >= (select first_leaf from seals where first_leaf <= ${from}::bigint order by first_leaf desc limit 1)
      and first_leaf < ${to}::bigint
    order by first_leaf`
  return Buffer.concat(rows.map((row) => row.hashes))
}

/** The tree as it is stored now, to prove from. */
export async function readTreeSource(sql: Queryable) {
  const { tree } = await readHead(sql)
  const { size, tail } = tree
  const readTile = async (level: number, index: number): Promise<Uint8Array | undefined> => {
    if (level === 0) return readLeafHashes(sql, index * TILE_HASHES, (index + 1) * TILE_HASHES)
    const [tile] = await sql<{ hashes: Buffer }[]>`
      select hashes from merkle_tiles where level = ${level} and index = ${index}`
    return tile?.hashes
  }
  return { size, tail, readTile }
}
