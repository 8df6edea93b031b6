import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AT_ONCE, FIRST, pagesAfter } from './pages.ts'

/** Rows `1` to `count` as a table would answer them, and how often it was asked. */
function tableOf(count: number) {
  const rows = Array.from({ length: count }, (_, i) => ({ id: String(i + 1).padStart(36, '0') }))
  const asked: string[] = []
  const read = async (last: string, limit: number) => {
    asked.push(last)
    return rows.filter(({ id }) => id > last).slice(0, limit)
  }
  return { rows, asked, read }
}

describe('page by page', () => {
  for (const count of [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE])
    test(`each of ${count} rows comes once, in order`, async () => {
      const { rows, asked, read } = tableOf(count)
      const pages = await Array.fromAsync(pagesAfter(FIRST, read))
      assert.deepEqual(pages.flat(), rows)
      assert.ok(pages.every((page) => page.length > 0))
      assert.equal(asked.length, Math.floor(count / AT_ONCE) + 1)
    })

  test('what stands before the first id does not come', async () => {
    const { rows, read } = tableOf(3)
    assert.deepEqual(await Array.fromAsync(pagesAfter(rows[1]?.id as string, read)), [[rows[2]]])
  })
})
