import { HASH_BYTES } from './hashing.ts'
import { NoteRefused, openNote, type VerifierKey } from './notes.ts'

/** What a checkpoint says (C2SP tlog-checkpoint): the tree `origin` had `size` leaves and this root. `extensions` are lines after that. */
export type Checkpoint = {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
  readonly extensions: readonly string[]
}

const LINE = /^[^\p{Cc}]+$/u

/** The text of a checkpoint, to be signed by `signNote` under the name `origin`. RangeError for what no checkpoint says. */
export function checkpointText({ origin, size, root, extensions }: Checkpoint): string {
  if (![origin, ...extensions].every((line) => LINE.test(line)))
    throw new RangeError('lines of a checkpoint are not empty')
  if (!Number.isSafeInteger(size) || size < 0 || root.length !== HASH_BYTES)
    throw new RangeError('not a size and a root')
  return [origin, size, root.toString('base64'), ...extensions].map((line) => `${line}\n`).join('')
}

/** What a note's text says as a checkpoint. NoteRefused. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n')
  const [origin = '', size = '', root = '', ...extensions] = lines.slice(0, -1)
  const bytes = Buffer.from(root, 'base64')
  const isWhole = /^(0|[1-9]\d{0,15})$/.test(size) && Number.isSafeInteger(Number(size))
  const isRoot = bytes.length === HASH_BYTES && bytes.toString('base64') === root
  if (lines.at(-1) !== '' || !isWhole || !isRoot || ![origin, ...extensions].every((line) => LINE.test(line))) {
    throw new NoteRefused('not the text of a checkpoint')
  }
  return { origin, size: Number(size), root: bytes, extensions }
}

/** The checkpoint of a note that its origin signed with this key. NoteRefused. */
export function openCheckpoint(note: string, key: VerifierKey): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [key]))
  if (checkpoint.origin !== key.name)
    throw new NoteRefused(`a checkpoint of ${checkpoint.origin}, signed by ${key.name}`)
  return checkpoint
}
