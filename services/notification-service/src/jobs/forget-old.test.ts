import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { newId } from '#libs/ids/ids.ts'
import type { JobContext } from '#libs/service/service.ts'
import { aService } from '#libs/testing/callers.ts'
import { freeze, listOf, mailboxOf, openNotices } from '../../testing/open-notices.ts'
import type { Own } from '../config.ts'
import { forgetOld } from './forget-old.ts'

describe('forgetOld', () => {
  test('forgets the mailbox and ends of mails after 30 days and told events after 400, and no notification', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    const body = { mail_id: newId(), to: ann.email, subject: 'x', text: 'y' }
    await bank.call(api.sendMail, { body }, aService('identity-service'))
    freeze(bank, ann)
    await mailboxOf(bank, ann.email, 2)
    const left = async () => {
      await forgetOld.run({ database: bank.runtime.database, clock: bank.clock } as unknown as JobContext<Own>)
      const [row] = await bank.owner`
        select (select count(*)::int from mailbox) as mailbox, (select count(*)::int from mails) as mails,
          (select count(*)::int from told_events) as told`
      return [row?.mailbox, row?.mails, row?.told]
    }
    bank.clock.advance(29.9 * 86_400_000)
    assert.deepEqual(await left(), [2, 1, 1])
    bank.clock.advance(86_400_000)
    assert.deepEqual(await left(), [0, 0, 1])
    bank.clock.advance(370 * 86_400_000)
    assert.deepEqual(await left(), [0, 0, 0])
    assert.equal((await listOf(bank, ann)).length, 1)
  })
})
