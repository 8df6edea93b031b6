import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'

/** The list that comes with the bank. */
export const LIST_FILE = fileURLToPath(new URL('../../data/breached-passwords.bin', import.meta.url))
/** How a list begins; the number of entries follows as 32 bits, then the entries, rising. */
export const MAGIC = 'BFBREACH1'
/** Bytes of a SHA-1 that are kept: with a million entries a good password is refused by chance once in a million. */
export const ENTRY_BYTES = 5
export const HEADER_BYTES = MAGIC.length + 4
/** Shorter ones are refused by their length already, longer ones nobody makes by these rules. */
const [SHORTEST, LONGEST] = [12, 24]
const DIGITS = ['1', '12', '123', '1234', '12345', '123456', '1234567', '12345678', '123456789', '1234567890']
const ENDINGS = [
  '321',
  '4321',
  '654321',
  '007',
  '01',
  '11',
  '111',
  '1111',
  '69',
  '77',
  '777',
  '88',
  '99',
  '00',
  '000',
  '0000',
]
const FIRST_YEAR = 1980
const YEARS = Array.from({ length: 51 }, (_, i) => String(FIRST_YEAR + i))

/** SHA-1 of a password, which is what public lists are kept by (the range API of Have I Been Pwned). */
export function sha1Of(password: string): Buffer {
  return createHash('sha1').update(password, 'utf8').digest()
}

/** The passwords of 12 to 24 characters that people make of words: doubled, with numbers and years behind or in front. Lower case. */
export function expand(text: string): Set<string> {
  const bases = new Set(
    text
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .flatMap((line) => line.split(/\s+/))
      .filter((word) => word !== ''),
  )
  const made = new Set<string>()
  const add = (password: string): void => {
    if (password.length >= SHORTEST && password.length <= LONGEST) made.add(password)
  }
  for (const base of bases) {
    for (const one of [
      base,
      base + base,
      base + base + base,
      `my${base}`,
      `ilove${base}`,
      `the${base}`,
      `${base}forever`,
    ])
      add(one)
    for (const ending of [...DIGITS, ...ENDINGS, ...YEARS]) add(base + ending)
    for (const front of DIGITS) add(front + base)
  }
  return made
}

/** The list as it is kept: the first bytes of each hash, sorted, none twice. */
export function packList(hashes: readonly Buffer[]): Buffer {
  const entries = [...new Set(hashes.map((hash) => hash.toString('hex', 0, ENTRY_BYTES)))].sort()
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(MAGIC, 'latin1')
  header.writeUInt32BE(entries.length, MAGIC.length)
  return Buffer.concat([header, Buffer.from(entries.join(''), 'hex')])
}
