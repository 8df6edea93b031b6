import { HASH_BYTES, writeNodeHash } from './hashing.ts'
import { countsOf, type StoredTree, TILE_HASHES, TILE_HEIGHT } from './tree.ts'

/** Reads one full tile: its 256 hashes, or undefined when it is not there. */
export type TileReader = (level: number, index: number) => Promise<Uint8Array | undefined>

/** A tree as it is stored: the part that is not in full tiles, and where those are. */
export type TreeSource = StoredTree & { readonly readTile: TileReader }

/** The root of a perfect subtree: of 2^height leaves, the `index`-th of that height. */
export type Node = { readonly height: number; readonly index: number }

type Place = {
  readonly key: string
  readonly level: number
  readonly index: number
  readonly height: number
  readonly offset: number
}

/** A tile that was read (`rows[0]`), and the nodes above its hashes (`rows[1]` over each two of them, …). */
type OpenTile = readonly Buffer[]

/** Opened tiles that are kept: at most 8 MiB. */
const MAX_OPEN = 512

/** Nodes of one stored tree. Tiles are read once, all that are asked for at a time. */
export class Nodes {
  readonly #source: TreeSource
  readonly #counts: readonly number[]
  readonly #open = new Map<string, OpenTile>()

  constructor(source: TreeSource) {
    this.#source = source
    this.#counts = countsOf(source.size)
  }

  /** Reads the tiles that these nodes lie in; what was read for earlier ones may be forgotten. */
  async load(nodes: Iterable<Node>): Promise<void> {
    const needed = new Map<string, Place>()
    for (const node of nodes) {
      const place = placeOf(node)
      needed.set(place.key, place)
    }
    for (const key of this.#open.keys()) {
      if (this.#open.size > MAX_OPEN && !needed.has(key)) this.#open.delete(key)
    }
    const missing = [...needed.values()].filter(({ key }) => !this.#open.has(key))
    const read = await Promise.all(missing.map((place) => this.#read(place)))
    missing.forEach(({ key }, i) => {
      this.#open.set(key, open(read[i] ?? new Uint8Array()))
    })
  }

  /** The hash of a node whose tile is loaded. */
  get(node: Node): Buffer {
    const { key, height, offset } = placeOf(node)
    const row = this.#open.get(key)?.[height]
    const hash = row?.subarray(offset * HASH_BYTES, (offset + 1) * HASH_BYTES)
    if (hash?.length !== HASH_BYTES) throw new Error(`node ${node.height}/${node.index} is not in tile ${key}`)
    return hash
  }

  async #read({ key, level, index }: Place): Promise<Uint8Array> {
    const isFull = (index + 1) * TILE_HASHES <= (this.#counts[level] ?? 0)
    const hashes = isFull ? await this.#source.readTile(level, index) : this.#source.tail[level]
    const expected = isFull ? TILE_HASHES : (this.#counts[level] ?? 0) % TILE_HASHES
    if (hashes?.length !== expected * HASH_BYTES)
      throw new Error(`tile ${key} has not the ${expected} hashes it should`)
    return hashes
  }
}

function placeOf({ height, index }: Node): Place {
  const level = Math.floor(height / TILE_HEIGHT)
  const width = 2 ** (TILE_HEIGHT - (height % TILE_HEIGHT))
  const tile = Math.floor(index / width)
  return { key: `${level}/${tile}`, level, index: tile, height: height % TILE_HEIGHT, offset: index % width }
}

function open(hashes: Uint8Array): OpenTile {
  const rows: Buffer[] = [Buffer.from(hashes.buffer, hashes.byteOffset, hashes.length)]
  for (let height = 1; height < TILE_HEIGHT; height += 1) {
    const below = rows[height - 1] ?? Buffer.alloc(0)
    const count = Math.floor(below.length / HASH_BYTES / 2)
    const row = Buffer.allocUnsafe(count * HASH_BYTES)
    for (let i = 0; i < count; i += 1) writeNodeHash(row, i * HASH_BYTES, below, 2 * i * HASH_BYTES)
    rows.push(row)
  }
  return rows
}
