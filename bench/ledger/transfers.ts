import type { LoadResult } from '../http-load.ts'
import type { Work } from './figure.ts'
import type { Accounts } from './lab.ts'

/** Accounts that requests walk through, chosen at random with repetition. */
const STEPS = 400_000

/** A walk through accounts by chance, no step onto the same account again; hot: all pay into the last, which is never on the way. */
export function pathOver({ count, at }: Accounts, isHot: boolean): { ids: string[]; hot: string | undefined } {
  const many = isHot ? count - 1 : count
  let place = 0
  const ids = Array.from({ length: STEPS }, () => {
    place = (place + 1 + Math.floor(Math.random() * (many - 1))) % many
    return at(place)
  })
  // The end meets the beginning.
  if (ids[0] === ids.at(-1)) ids.pop()
  return { ids, hot: isHot ? at(count - 1) : undefined }
}

/** The transfers that requests with `size` of them each did, as their answers say. */
export function workOf(result: LoadResult, size: number): Work {
  const { done, counted, later, failed, unanswered, statuses, seconds, p50_ms, p99_ms } = result
  const notes = [
    ...(later > 0 ? [`${later} requests told to come later`] : []),
    ...(failed > 0 ? [`${failed} requests failed: ${JSON.stringify(statuses)}`] : []),
    ...(unanswered > 0 ? [`${unanswered} requests never answered`] : []),
    ...(counted < done * size ? [`${done * size - counted} transfers refused`] : []),
    ...(size > 1 ? [`ms are those of a request with ${size}`] : []),
  ]
  const work = { done: counted, seconds, p50_ms, p99_ms }
  return notes.length === 0 ? work : { ...work, note: notes.join('; ') }
}
