import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sendPushNotification } from '#contracts/api/notification.ts'
import { newId } from '#libs/ids/ids.ts'
import { codeProof, enrolDevice } from '../../../testing/factors.ts'
import { openPageTest, paymentWish, signedIn } from '../../../testing/page-test.ts'
import { callerOf, enrol, PASSWORD, signIn } from '../../../testing/people.ts'
import { totpCode } from '../../totp.ts'

describe('approvals that are asked for on the pages', () => {
  test('ASVS 2.2.1: who begins anew asks the telephone no more often than twice at a time', async (t) => {
    const { bank, shop, browser, accounts } = await openPageTest(t)
    const told: string[] = []
    bank.peer(sendPushNotification, ({ body: { user_id } }) => {
      told.push(user_id)
      return { notification_id: newId(), status: 'PENDING' as const }
    })
    const tokens = await signIn(bank, 'ann@example.com', { device_id: 'phone-01' })
    const { secret } = await enrol(bank, await callerOf(bank, tokens))
    const freshCode = (): string => {
      bank.clock.advance(30_000)
      return totpCode(secret, bank.clock.wall.now())
    }
    await enrolDevice(bank, {
      tokens,
      strength: async (by) => ({ password: PASSWORD, proof: await codeProof(bank, by, freshCode()) }),
    })
    const { url } = await shop.push(paymentWish())
    const pages = browser()
    await signedIn(pages, url)
    const asked = async (): Promise<number> => {
      const [row] = await bank.owner<
        { count: number }[]
      >`select count(*)::int as count from challenges where pushed_at is not null`
      return row?.count ?? 0
    }
    assert.equal(await asked(), 1, pages.page.text)
    await pages.press('offer', { factor: 'TOTP' })
    await pages.press('answer', { code: freshCode() })
    for (let times = 0; times < 4; times += 1) {
      await pages.press('choose', { source: accounts[0] })
      if (pages.page.forms.some(({ steps }) => steps.includes('change'))) await pages.press('change')
    }
    assert.equal(told.length, 1 + 2, 'once for the sign-in, and twice for the payment')
  })
})
