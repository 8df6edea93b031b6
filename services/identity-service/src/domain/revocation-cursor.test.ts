import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextCursor, readCursor, startOf, writeCursor } from './revocation-cursor.ts'

const now = new Date(1_800_000_000_000)
const row = (at: number) => ({ revoked_at: new Date(at), session_id: '0198f0a0-0000-7000-8000-000000000001' })

test('a cursor survives its text, and any other text is none', () => {
  for (const cursor of [
    { at: now, session_id: null },
    { at: now, session_id: row(0).session_id },
  ])
    assert.deepEqual(readCursor(writeCursor(cursor)), cursor)
  for (const text of ['', 'x', '-1', '1.5', `${now.getTime()}.x`, `1' or 1=1`]) assert.equal(readCursor(text), null)
})

test('never moves back, reads the last seconds again, and goes on exactly behind a full page', () => {
  const first = startOf(null, now)
  assert.equal(first.at.getTime(), now.getTime() - 1_200_000)
  const before = { at: now, session_id: null }
  const from = startOf(before, now)
  assert.equal(from.at.getTime(), now.getTime() - 10_000)
  assert.deepEqual(nextCursor(from, [], false, before), before)
  assert.deepEqual(nextCursor(from, [row(now.getTime() - 5_000)], false, before), before)
  assert.deepEqual(nextCursor(from, [row(now.getTime() + 5)], false, before).at.getTime(), now.getTime() + 5)
  const exact = nextCursor(from, [row(now.getTime() - 5_000)], true, before)
  assert.deepEqual([exact.at.getTime(), exact.session_id], [now.getTime() - 5_000, row(0).session_id])
  assert.deepEqual(startOf(exact, now), exact)
})
