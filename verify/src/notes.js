// @ts-check
import { createPublicKey, verify } from 'node:crypto'
import { date, moment } from './fields.js'
import { sha256 } from './hashing.js'
import { must, mustBe, Unreadable } from './verdict.js'

/**
 * @typedef {{ name: string, hash: string, key: import('node:crypto').KeyObject }} VerifierKey
 * @typedef {{ origin: string, size: number, root: Buffer, seal_no: number, seal_hash: string, sealed_at: string,
 *   business_date: string }} Checkpoint
 */

const ED25519 = 0x01
const LONGEST_NOTE = 64 * 1024
const MOST_SIGNATURES = 16
const NAME = /^[^\s+\p{Cc}]{1,200}$/u

/**
 * The keys of their C2SP texts. Unreadable when one is none: then nothing can be judged.
 * @param {string | readonly string[]} texts
 */
export function parseKeys(texts) {
  const list = typeof texts === 'string' ? [texts] : texts
  if (!Array.isArray(list) || list.length === 0) throw new Unreadable('a verifier key is needed')
  return list.map(parseKey)
}

/**
 * @param {unknown} text
 * @returns {VerifierKey}
 */
function parseKey(text) {
  const [, name = '', hash = '', base64 = ''] =
    /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(String(text).trim()) ?? []
  const bytes = Buffer.from(base64, 'base64')
  if (!NAME.test(name) || bytes.toString('base64') !== base64 || bytes.length !== 33 || bytes[0] !== ED25519) {
    throw new Unreadable('the verifier key is not <origin>+<8 hex digits>+<base64 of 0x01 and an Ed25519 key>')
  }
  const expected = sha256(Buffer.concat([Buffer.from(`${name}\n`), bytes])).toString('hex', 0, 4)
  if (hash !== expected)
    throw new Unreadable(`the verifier key names the key hash ${hash}, but its key has ${expected}`)
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') }
  return { name, hash, key: createPublicKey({ key: jwk, format: 'jwk' }) }
}

/**
 * What a note says that one of the keys signed, or the first broken link.
 * @param {string} note
 * @param {readonly VerifierKey[]} keys
 * @param {string} what
 * @returns {Checkpoint}
 */
export function openCheckpoint(note, keys, what) {
  const end = note.lastIndexOf('\n\n')
  const isNote = note.length <= LONGEST_NOTE && end > 0 && note.endsWith('\n') && note.isWellFormed()
  must(isNote, `${what}: form`, 'a signed note: text, an empty line, signatures', note.slice(0, 40))
  const text = note.slice(0, end + 1)
  const signer = mustBeSigned(text, note.slice(end + 2, -1).split('\n'), keys, what)
  const checkpoint = parseCheckpoint(text, what)
  mustBe(`${what}: origin`, signer.name, checkpoint.origin)
  return checkpoint
}

/**
 * The key that signed. Signatures of others are passed over: witnesses may add theirs.
 * @param {string} text
 * @param {readonly string[]} lines
 * @param {readonly VerifierKey[]} keys
 * @param {string} what
 */
function mustBeSigned(text, lines, keys, what) {
  must(lines.length <= MOST_SIGNATURES, `${what}: signatures`, `at most ${MOST_SIGNATURES}`, lines.length)
  /** @type {VerifierKey | undefined} */
  let signer
  for (const line of lines) {
    const [, name = '', base64 = ''] = /^— (\S+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? []
    const bytes = Buffer.from(base64, 'base64')
    const isLine = NAME.test(name) && bytes.length > 4 && bytes.toString('base64') === base64
    must(isLine, `${what}: signature line`, '— <name> <base64>', line)
    const known = keys.find((key) => key.name === name && key.hash === bytes.toString('hex', 0, 4))
    if (known === undefined) continue
    const isSigned = bytes.length === 68 && verify(null, Buffer.from(text), known.key, bytes.subarray(4))
    must(isSigned, `${what}: signature`, `one of ${name} over this text`, 'a signature over something else')
    signer ??= known
  }
  const wanted = keys.map((key) => `${key.name}+${key.hash}`).join(' or ')
  const found = lines.map((line) => line.split(' ')[1] ?? '').join(', ')
  must(signer !== undefined, `${what}: signature`, `one of ${wanted}`, `none of it, but of ${found}`)
  return signer
}

/**
 * @param {string} text
 * @param {string} what
 * @returns {Checkpoint}
 */
function parseCheckpoint(text, what) {
  const [origin = '', size = '', root = '', seal = '', time = '', day = '', ...more] = text.slice(0, -1).split('\n')
  const bytes = Buffer.from(root, 'base64')
  const [, seal_no = '', seal_hash = ''] = /^seal (\d{1,16}) ([0-9a-f]{64})$/.exec(seal) ?? []
  const [sealed_at, business_date] = [after(time, 'time '), after(day, 'business-date ')]
  must(NAME.test(origin), `${what}: origin`, 'a name without spaces', origin)
  must(isWhole(size), `${what}: tree size`, 'a whole number', size)
  must(bytes.length === 32 && bytes.toString('base64') === root, `${what}: root`, 'base64 of 32 bytes', root)
  must(isWhole(seal_no), `${what}: seal line`, 'seal <number> <hash>', seal)
  must(moment(sealed_at), `${what}: time line`, 'time <moment in ISO 8601, milliseconds, Z>', time)
  must(date(business_date), `${what}: business-date line`, 'business-date <YYYY-MM-DD>', day)
  must(
    more.every((line) => line !== ''),
    `${what}: lines`,
    'no empty line',
    'an empty line',
  )
  return { origin, size: Number(size), root: bytes, seal_no: Number(seal_no), seal_hash, sealed_at, business_date }
}

/** @param {string} text */
function isWhole(text) {
  return /^(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))
}

/**
 * @param {string} line
 * @param {string} start
 */
function after(line, start) {
  return line.startsWith(start) ? line.slice(start.length) : ''
}
