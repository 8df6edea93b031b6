import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'

/** A note that is not one, is not signed by a known key, or whose signature is wrong. */
export class NoteRefused extends Error {
  override readonly name = 'NoteRefused'
}

/** Who checks notes: the name that signs, the first 4 bytes of the key's hash in hex, and the Ed25519 key. */
export type VerifierKey = { readonly name: string; readonly key_hash: string; readonly public_key: KeyObject }

/** Who signs notes. `sign` makes the 64 bytes of an Ed25519 signature, here or in a key provider far away. */
export type NoteSigner = {
  readonly name: string
  readonly public_key: KeyObject
  readonly sign: (text: Buffer) => Uint8Array | Promise<Uint8Array>
}

/** C2SP signed-note: the number of Ed25519 in a key's hash and in its text. */
const ED25519 = 0x01
const KEY_BYTES = 32
const KEY_HASH_BYTES = 4
const SIGNATURE_BYTES = 64
const LONGEST_NOTE = 64 * 1024
const MOST_SIGNATURES = 16
const NAME = /^[^\s+\p{Cc}]{1,200}$/u
/** Text is lines without control characters. */
const TEXT = /^(?:[^\p{Cc}]*\n)+$/u

/** The key that signs notes as others are given it: `<name>+<key hash>+<base64 of 0x01 and the key>` (C2SP signed-note). */
export function verifierKeyText(name: string, public_key: KeyObject): string {
  const { key_hash, encoded } = encodeKey(name, rawKey(public_key))
  return `${name}+${key_hash}+${encoded.toString('base64')}`
}

/** The key of such a text. NoteRefused when it is none, is no Ed25519 key, or its parts contradict each other. */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name = '', key_hash, base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  const bytes = Buffer.from(base64, 'base64')
  if (
    !NAME.test(name) ||
    bytes.length !== 1 + KEY_BYTES ||
    bytes[0] !== ED25519 ||
    bytes.toString('base64') !== base64
  ) {
    throw new NoteRefused('not the text of an Ed25519 verifier key')
  }
  const raw = bytes.subarray(1)
  if (encodeKey(name, raw).key_hash !== key_hash) throw new NoteRefused('the key hash is not that of the key')
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }
  return { name, key_hash, public_key: createPublicKey({ key: jwk, format: 'jwk' }) }
}

/** A signed note: the text, which ends with a newline, an empty line, the signature. RangeError for a text or name that no note has. */
export async function signNote(text: string, signer: NoteSigner): Promise<string> {
  if (!TEXT.test(text) || text.length > LONGEST_NOTE || !text.isWellFormed())
    throw new RangeError('not the text of a note')
  const { key_hash } = encodeKey(signer.name, rawKey(signer.public_key))
  const signature = await signer.sign(Buffer.from(text))
  if (signature.length !== SIGNATURE_BYTES) throw new RangeError('an Ed25519 signature has 64 bytes')
  const signed = Buffer.concat([Buffer.from(key_hash, 'hex'), signature])
  return `${text}\n— ${signer.name} ${signed.toString('base64')}\n`
}

/**
 * The text of a note that at least one of the keys signed. Signatures of unknown keys are passed over, as witnesses may add theirs; a wrong
 * one of a known key refuses the note. NoteRefused.
 */
export function openNote(note: string, keys: readonly VerifierKey[]): string {
  const { text, signatures } = splitNote(note)
  let known = 0
  for (const { name, key_hash, signature } of signatures) {
    const key = keys.find((one) => one.name === name && one.key_hash === key_hash)
    if (key === undefined) continue
    if (signature.length !== SIGNATURE_BYTES || !verify(null, Buffer.from(text), key.public_key, signature)) {
      throw new NoteRefused(`the signature of ${name} is wrong`)
    }
    known += 1
  }
  if (known === 0) throw new NoteRefused('no known key signed the note')
  return text
}

type Signature = { readonly name: string; readonly key_hash: string; readonly signature: Buffer }

function splitNote(note: string): { readonly text: string; readonly signatures: readonly Signature[] } {
  const end = note.lastIndexOf('\n\n')
  const text = note.slice(0, end + 1)
  const lines = note.slice(end + 2).split('\n')
  if (note.length > LONGEST_NOTE || end < 0 || lines.pop() !== '' || !TEXT.test(text) || !note.isWellFormed()) {
    throw new NoteRefused('not a signed note')
  }
  if (lines.length === 0 || lines.length > MOST_SIGNATURES) throw new NoteRefused('a note has 1 to 16 signatures')
  return { text, signatures: lines.map(parseSignature) }
}

function parseSignature(line: string): Signature {
  const [, name = '', base64 = ''] = /^— (\S+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? []
  const bytes = Buffer.from(base64, 'base64')
  if (!NAME.test(name) || bytes.length <= KEY_HASH_BYTES || bytes.toString('base64') !== base64) {
    throw new NoteRefused('not the signature line of a note')
  }
  const key_hash = bytes.toString('hex', 0, KEY_HASH_BYTES)
  return { name, key_hash, signature: bytes.subarray(KEY_HASH_BYTES) }
}

function encodeKey(name: string, raw: Buffer): { readonly key_hash: string; readonly encoded: Buffer } {
  if (!NAME.test(name)) throw new RangeError('the name of a key has no spaces and no plus')
  const encoded = Buffer.concat([Buffer.from([ED25519]), raw])
  const digest = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), encoded]), 'hex')
  return { key_hash: digest.slice(0, 2 * KEY_HASH_BYTES), encoded }
}

function rawKey(key: KeyObject): Buffer {
  const { crv, x } = key.export({ format: 'jwk' })
  if (crv !== 'Ed25519' || x === undefined) throw new RangeError('notes are signed with Ed25519 keys')
  return Buffer.from(x, 'base64url')
}
