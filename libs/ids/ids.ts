import { randomFillSync } from 'node:crypto'
import { wallNowMs } from '#libs/clock/wall-offset.ts'

/** A UUIDv7 (RFC 9562) in its 36-character form. */
export type Id = string

/** Makes ids that sort by the given milliseconds, and strictly rise within one maker even when its clock stands still. */
export type IdMaker = (atMs?: number) => Id

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * An id maker over a clock of milliseconds. Within one millisecond, or when the clock steps back, a 12-bit counter and then the
 * millisecond itself rise (RFC 9562 §6.2 method 1), so that ids of one maker never go backwards.
 */
export function idMaker(nowMs: () => number = wallNowMs): IdMaker {
  const random = Buffer.alloc(8 * 4096)
  let used = random.length
  let lastMs = 0
  let counter = 0
  return (atMs = nowMs()) => {
    if (atMs > lastMs) {
      lastMs = atMs
      counter = 0
    } else if (++counter > 0xfff) {
      lastMs += 1
      counter = 0
    }
    if (used === random.length) {
      randomFillSync(random)
      used = 0
    }
    const time = lastMs.toString(16).padStart(12, '0')
    const low = (counter | 0x7000).toString(16)
    const at = used
    used += 8
    const tail = HEX[((random[at] as number) & 0x3f) | 0x80] as string
    let rest = ''
    for (let i = 1; i < 8; i++) rest += HEX[random[at + i] as number]
    return `${time.slice(0, 8)}-${time.slice(8)}-${low}-${tail}${rest.slice(0, 2)}-${rest.slice(2)}`
  }
}

/** The process's own maker on the wall clock, for ids that no book depends on (events, audit rows, sessions). */
export const newId: IdMaker = idMaker()

/** Milliseconds since the epoch at which a UUIDv7 was made. */
export function idTimeMs(id: Id): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** The smallest UUIDv7 of a moment: the lower bound of a partition or of a search by time. */
export function idFloor(atMs: number): Id {
  const time = atMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** True for the lower-case 36-character form that the bank writes. */
export function isId(text: string): boolean {
  return ID.test(text)
}
