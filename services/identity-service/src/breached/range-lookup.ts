import type { Clock } from '#libs/clock/clock.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { sha1Of } from './list-maker.ts'

/** Hex characters of a SHA-1 that leave the bank: some hundreds of breached passwords share them, so nobody learns which was asked about. */
const PREFIX = 5
/** A padded answer has about a thousand lines of 40 characters. */
const MOST_BYTES = 1_048_576
/** After a failure nobody is asked for so long: a service that is down must not cost each sign-in its time. */
const PAUSE_MS = 30_000

interface Asking {
  /** What the first five characters are put behind: `https://api.pwnedpasswords.com/range`. */
  url: string
  timeout_ms: number
  log: Log
  clock: Clock
}

/**
 * Looks a password up by k-anonymity (the range API of Have I Been Pwned): five characters of its SHA-1 go out, padded answers come back (`Add-
 * Padding`), the rest is compared here. Undefined where nobody answered in time or sensibly: the list here has decided then.
 */
export function rangeLookup({
  url,
  timeout_ms,
  log,
  clock,
}: Asking): (password: string) => Promise<boolean | undefined> {
  let paused_until = 0
  return async function isInRange(password) {
    const now_ms = clock.wall.now().getTime()
    if (now_ms < paused_until) return undefined
    const hash = sha1Of(password.normalize('NFC')).toString('hex').toUpperCase()
    try {
      const lines = await ask(`${url.replace(/\/$/, '')}/${hash.slice(0, PREFIX)}`, timeout_ms)
      return seenTimes(lines, hash.slice(PREFIX)) > 0
    } catch (error) {
      paused_until = now_ms + PAUSE_MS
      log.warn(
        { err: error, paused_ms: PAUSE_MS },
        'breached passwords cannot be looked up; the list here decides alone',
      )
      return undefined
    }
  }
}

async function ask(url: string, timeout_ms: number): Promise<string> {
  const headers = { 'add-padding': 'true', accept: 'text/plain', 'user-agent': 'BankFlow' }
  const answer = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(timeout_ms) })
  if (answer.status !== 200 || answer.body === null) throw new Error(`answered ${answer.status}`)
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of answer.body) {
    bytes += part.length
    if (bytes > MOST_BYTES) throw new Error(`answered more than ${MOST_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('latin1')
}

/** How often the password was seen: lines are `SUFFIX:COUNT`, those of a count of 0 are padding. */
function seenTimes(lines: string, suffix: string): number {
  const line = lines.split(/\r?\n/).find((one) => one.slice(0, suffix.length).toUpperCase() === suffix)
  return Number(line?.slice(suffix.length + 1) ?? 0)
}
