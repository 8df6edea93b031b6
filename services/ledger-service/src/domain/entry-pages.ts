import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import { isDate } from './value-dates.ts'

/** Where a page of a history begins: next to an entry, on its older or its newer side. `near` is a business date beside which to look. */
export interface Place {
  readonly side: 'before' | 'after'
  readonly sequence: number
  readonly near: string
}

/** A page that is wanted of the entries `first` to `last` of an account, in one order. */
export interface WantedPage {
  readonly first: number
  readonly last: number
  readonly limit: number
  readonly isOldestFirst: boolean
  readonly place: Place | undefined
  /** The business date that the first entry in order is of, or one that lies before it in that order. */
  readonly near: string
}

const CURSOR = /^(before|after)\.(\d{1,15})\.(\d{4}-\d\d-\d\d)$/

/** A place as its cursor says it; CURSOR_WRONG for a text that this list never gave out. */
export function placeIn(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  const [, side, sequence, near = ''] = CURSOR.exec(cursor) ?? []
  if (side === undefined || !isDate(near)) throw new Problem(problems.CURSOR_WRONG)
  return { side: side as Place['side'], sequence: Number(sequence), near }
}

/** Which entries a page holds, and from which end they are looked for. Sequences have no hole, so the page is known before it is read. */
export function stretchOf({ first, last, limit, isOldestFirst, place, near }: WantedPage) {
  const isUpwards = place === undefined ? isOldestFirst : place.side === 'after'
  const from = place?.side === 'after' ? Math.max(first, place.sequence + 1) : first
  const to = place?.side === 'before' ? Math.min(last, place.sequence - 1) : last
  return {
    from: isUpwards ? from : Math.max(from, to - limit + 1),
    to: isUpwards ? Math.min(to, from + limit - 1) : to,
    isOldestFirst: isUpwards,
    near: place?.near ?? near,
  }
}

/** The cursors of the pages after and before this one, in its order; null where there is none. */
export function cursorsOf(
  page: readonly { readonly sequence: number; readonly business_date: string }[],
  { first, last, isOldestFirst }: Pick<WantedPage, 'first' | 'last' | 'isOldestFirst'>,
): { next_cursor: string | null; previous_cursor: string | null } {
  const [oldest, newest] = isOldestFirst ? [page[0], page.at(-1)] : [page.at(-1), page[0]]
  if (oldest === undefined || newest === undefined) return { next_cursor: null, previous_cursor: null }
  const older = oldest.sequence > first ? `before.${oldest.sequence}.${oldest.business_date}` : null
  const newer = newest.sequence < last ? `after.${newest.sequence}.${newest.business_date}` : null
  return isOldestFirst ? { next_cursor: newer, previous_cursor: older } : { next_cursor: older, previous_cursor: newer }
}
