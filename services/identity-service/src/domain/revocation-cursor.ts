/** Where a follower of revocations stands. After `exact` it goes on right behind that row, else a little before `at`. */
export interface RevocationCursor {
  at: Date
  session_id: string | null
}

const FORM = /^(\d{13,15})(?:\.([0-9a-f-]{36}))?$/
const OVERLAP_MS = 10_000
const FIRST_LOOK_MS = 1_200_000

/** The cursor of a text, or null when it is none of ours. */
export function readCursor(text: string): RevocationCursor | null {
  const [, at, session_id = null] = FORM.exec(text) ?? []
  return at === undefined ? null : { at: new Date(Number(at)), session_id }
}

/** The text of a cursor. */
export function writeCursor({ at, session_id }: RevocationCursor): string {
  return session_id === null ? String(at.getTime()) : `${at.getTime()}.${session_id}`
}

/**
 * From where to read: a revocation that committed late carries an earlier time, so the last seconds are read again. Without a cursor it is
 * the longest life of an access token.
 */
export function startOf(cursor: RevocationCursor | null, now: Date): RevocationCursor {
  if (cursor === null) return { at: new Date(now.getTime() - FIRST_LOOK_MS), session_id: null }
  return cursor.session_id === null ? { at: new Date(cursor.at.getTime() - OVERLAP_MS), session_id: null } : cursor
}

/** Where the follower stands after a page: behind its last row when the page was full, else at the latest time seen. */
export function nextCursor(
  from: RevocationCursor,
  page: readonly { revoked_at: Date; session_id: string }[],
  full: boolean,
  before: RevocationCursor | null,
): RevocationCursor {
  const last = page.at(-1)
  if (last !== undefined && full) return { at: last.revoked_at, session_id: last.session_id }
  const seen = [last?.revoked_at, before?.at, from.at].flatMap((at) => (at === undefined ? [] : [at.getTime()]))
  return { at: new Date(Math.max(...seen)), session_id: null }
}
