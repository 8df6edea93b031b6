import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { spendOnce } from '#contracts/api/identity-oauth.ts'
import { aService } from '#libs/testing/callers.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'

const ROUNDS = 100
/** The rounds of what takes a whole walk through the pages. */
const _WALKS = 5

/** As many at once, and the outcomes that are `winner`'s. */
async function winnersOf(count: number, attempt: () => Promise<unknown>): Promise<number> {
  const outcomes = await Promise.all(Array.from({ length: count }, attempt))
  return outcomes.filter((outcome) => outcome === true).length
}

describe('an id that counts once in all of the bank', () => {
  test(`RFC 9449 §11.1: an id at the edge, spent 8 times at once, ${ROUNDS} rounds`, async (t) => {
    const { bank } = await openOauth(t)
    const until_s = Math.floor(Date.now() / 1000) + 60
    for (let round = 0; round < ROUNDS; round += 1) {
      const body = { namespace: 'dpop', jti: `id ${round}`, until_s }
      const spent = (): Promise<boolean> =>
        bank.call(spendOnce, { body }, aService('api-gateway')).then(({ reply }) => reply.is_first)
      assert.equal(await winnersOf(8, spent), 1, `round ${round}`)
    }
  })
})
