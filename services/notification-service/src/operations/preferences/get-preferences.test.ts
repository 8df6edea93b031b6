import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openNotices } from '../../../testing/open-notices.ts'

describe('getPreferences', () => {
  test('are mail for everything, in English, for who chose nothing', async (t) => {
    const bank = await openNotices(t)
    const { reply } = await bank.call(api.getPreferences, {}, aCustomer())
    assert.deepEqual(
      reply.categories.map(({ category, channels, is_mandatory }) => [category, channels, is_mandatory]),
      [
        ['TRANSACTIONS', ['EMAIL'], false],
        ['ACCOUNT', ['EMAIL'], false],
        ['SECURITY', ['EMAIL'], true],
        ['SERVICE', ['EMAIL'], false],
      ],
    )
    assert.equal(reply.language, 'en')
  })
})
