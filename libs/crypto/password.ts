import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { boundedLine } from './bounded-line.ts'

type Parameters = { readonly memory_kib: number; readonly passes: number; readonly lanes: number }
type Parsed = Parameters & { readonly salt: Buffer; readonly hash: Buffer }

// OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane.
const CURRENT: Parameters = { memory_kib: 19_456, passes: 2, lanes: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const LONGEST_PASSWORD = 1024
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

// Hashes run in libuv's threads, which files and name look-ups need too: one core and one thread stay free.
const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4)
const inLine = boundedLine({ running: Math.max(1, Math.min(availableParallelism(), threads) - 1), waiting: 64 })

/** An Argon2id hash as a PHC string with its own salt. RangeError beyond 1024 characters; TooBusy when the line is full. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length > LONGEST_PASSWORD) throw new RangeError(`a password has at most ${LONGEST_PASSWORD} characters`)
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, { ...CURRENT, salt, hash: Buffer.alloc(HASH_BYTES) })
  const { memory_kib, passes, lanes } = CURRENT
  return `$argon2id$v=19$m=${memory_kib},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(hash)}`
}

/** Whether the password made this PHC string, compared in constant time; false for a format it does not know. TooBusy as above. */
export async function verifyPassword(phc: string, password: string): Promise<boolean> {
  if (password.length > LONGEST_PASSWORD) return false
  const stored = parsePhc(phc)
  if (!stored) return verifyNothing(password)
  return timingSafeEqual(await derive(password, stored), stored.hash)
}

/** False, at the price of a real check: for a user who does not exist, so that the time tells nobody. */
export async function verifyNothing(password: string): Promise<false> {
  if (password.length > LONGEST_PASSWORD) return false
  await derive(password, { ...CURRENT, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) })
  return false
}

/** True when the string is of other parameters than today's: hash again at the next successful sign-in. */
export function needsRehash(phc: string): boolean {
  const stored = parsePhc(phc)
  if (!stored || stored.salt.length < SALT_BYTES || stored.hash.length !== HASH_BYTES) return true
  return (Object.keys(CURRENT) as (keyof Parameters)[]).some((name) => stored[name] !== CURRENT[name])
}

/** NFC first (RFC 8265 §4.2.2): two keyboards may compose the same letter differently. */
function derive(password: string, { memory_kib, passes, lanes, salt, hash }: Parsed): Promise<Buffer> {
  const options = {
    message: Buffer.from(password.normalize('NFC'), 'utf8'),
    nonce: salt,
    parallelism: lanes,
    tagLength: hash.length,
    memory: memory_kib,
    passes,
  }
  return inLine(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        argon2('argon2id', options, (error, derived) => (error ? reject(error) : resolve(derived)))
      }),
  )
}

/** The parts of a PHC string, undefined when it is malformed or asks for more than 256 MiB, 10 passes or 4 lanes. */
function parsePhc(phc: string): Parsed | undefined {
  const [, memory, passes, lanes, salt = '', hash = ''] = PHC.exec(phc) ?? []
  const parsed = {
    memory_kib: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
  const is_affordable = parsed.memory_kib <= 262_144 && parsed.passes <= 10 && parsed.lanes <= 4
  const is_possible = parsed.memory_kib >= 8 * parsed.lanes && parsed.passes >= 1 && parsed.lanes >= 1
  const is_long_enough = parsed.salt.length >= 8 && parsed.hash.length >= 16
  return is_affordable && is_possible && is_long_enough ? parsed : undefined
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
