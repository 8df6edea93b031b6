import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isHistory } from './history.ts'

const now = new Date('2026-11-21T15:00:00Z')
const at = (text: string) => new Date(text)

describe('what is history', () => {
  test('lies more than two days back: by the books, by its value date, or by its event', () => {
    const fresh = { happened: now, written: now, now }
    assert.equal(isHistory(fresh), false)
    assert.equal(isHistory({ ...fresh, happened: at('2026-11-19T00:00:00Z') }), false)
    assert.equal(isHistory({ ...fresh, happened: at('2026-11-18T23:59:59Z') }), true)
    assert.equal(isHistory({ ...fresh, written: at('2026-11-18T23:59:59Z') }), true)
    assert.equal(isHistory({ ...fresh, value_date: '2026-11-19' }), false)
    assert.equal(isHistory({ ...fresh, value_date: '2026-11-18' }), true)
  })

  test('is never what a sandbox moved into the future', () => {
    const ahead = at('2027-11-21T00:00:00Z')
    assert.equal(isHistory({ happened: ahead, value_date: '2027-11-21', written: now, now }), false)
  })
})
