import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { revokeAllSessions } from '#contracts/api/identity.ts'
import { openPageTest, paymentWish, signedIn } from '../../../testing/page-test.ts'
import { callerOf, signIn } from '../../../testing/people.ts'

describe('a customer who ends all that is signed in as him (ASVS 3.3.3)', () => {
  test('ends what browsers are signed in to for third parties: they show nothing of his, and ask who is there', async (t) => {
    const { bank, shop, browser } = await openPageTest(t)
    const pages = browser()
    const { url } = await shop.push(paymentWish())
    const shown = await signedIn(pages, url)
    assert.match(shown.text, /FB-00010000-7/)
    const at = shown.url
    // What is signed in stays so: another request of the third party's asks for no password.
    assert.match((await pages.open((await shop.push(paymentWish())).url)).text, /FB-00010000-7/)
    await bank.call(revokeAllSessions, {}, await callerOf(bank, await signIn(bank)))
    const again = await pages.open(at)
    assert.deepEqual([again.status, again.text.includes('FB-00010000-7')], [410, false])
    const next = await pages.open((await shop.push(paymentWish())).url)
    assert.ok(next.forms.some(({ steps }) => steps.includes('sign_in')))
    assert.doesNotMatch(next.text, /FB-00010000-7/)
  })
})
