import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'

/** Items of a page unless the caller says otherwise. */
export const PAGE = 50

/** Where a page ends: the time that the list is sorted by, and the id among those of the same time. */
export interface Mark {
  at: Date
  id: string
}

/** The mark of a cursor; undefined for the first page, CURSOR_WRONG for a text that no list gave out. */
export function markOf(cursor: string | undefined): Mark | undefined {
  if (cursor === undefined) return undefined
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split('/', 2)
  const at = new Date(time)
  if (!isId(id) || Number.isNaN(at.getTime())) {
    const errors = [{ pointer: 'query/cursor', detail: problems.CURSOR_WRONG.title }]
    throw new Problem(problems.CURSOR_WRONG, { errors })
  }
  return { at, id }
}

/** A page of the rows that were read, one more than it shows where there is a next one. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  mark: (row: Row) => Mark,
): { page: Row[]; next_cursor: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  if (rows.length <= limit || last === undefined) return { page, next_cursor: null }
  const { at, id } = mark(last)
  return { page, next_cursor: Buffer.from(`${at.toISOString()}/${id}`).toString('base64url') }
}
