import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listClients } from '#contracts/api/identity-clients.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { refusalOf } from '../../../testing/people.ts'
import { aThirdParty } from '../../../testing/third-party.ts'

describe('the list of third parties', () => {
  test('has each once, newest first, page by page', async (t) => {
    const bank = await openOauth(t)
    const made: string[] = []
    for (let i = 0; i < 3; i += 1) made.unshift((await aThirdParty(bank)).client_id)
    const seen: string[] = []
    let cursor: string | null | undefined
    do {
      const query: { limit: number; cursor?: string } = cursor ? { limit: 2, cursor } : { limit: 2 }
      const { reply } = await bank.bank.call(listClients, { query }, aStaffMember('operator'))
      seen.push(...reply.items.map(({ client_id }) => client_id))
      cursor = reply.next_cursor
    } while (cursor)
    assert.deepEqual(seen, made)
    const wrong = bank.bank.call(listClients, { query: { cursor: 'nobody' } }, aStaffMember('operator'))
    assert.equal(await refusalOf(wrong), 'CURSOR_WRONG')
  })
})
