import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { consentGranted } from '#contracts/events/identity.ts'
import {
  confirmingCode,
  errorIn,
  ORIGIN,
  openPageTest,
  PAYMENT,
  paymentWish,
  READING_WISH,
  signedIn,
} from '../../../testing/page-test.ts'
import { mailsTo, PASSWORD, trailOf } from '../../../testing/people.ts'

const email = 'ann@example.com'

describe('stepInteraction', () => {
  test('a customer signs in, sees the payment, chooses an account, confirms exactly it, and comes back with a code', async (t) => {
    const { bank, shop, browser, accounts, ann } = await openPageTest(t)
    const { url, state, code_verifier } = await shop.push(paymentWish())
    const pages = browser()
    const first = await pages.open(url)
    assert.equal(first.status, 200, first.text)
    const asked = await pages.press('sign_in', { email, password: PASSWORD })
    const facts = ['€125.50', 'Corner Shop', 'C••••• S•••', PAYMENT.destination_account_number, 'Order 17', 'PSP-17']
    for (const fact of [...facts, 'FB-00010000-7', 'Everyday', '€987.65', 'One payment, now'])
      assert.ok(asked.text.includes(fact), `${fact} is not shown: ${asked.text}`)
    // What she may only look at is nothing to pay from.
    assert.doesNotMatch(asked.text, /FB-00010002-7/)
    const confirming = await pages.press('choose', { source: accounts[1] })
    for (const fact of [...facts, 'FB-00010001-7', 'Pay €125.50']) assert.ok(confirming.text.includes(fact), fact)
    const [mail] = await mailsTo(bank, email, 2)
    assert.match(mail?.text ?? '', /^Pay €125\.50 to Corner Shop, account FB-00099999-3, asked for by Corner Shop\./)
    const back = await pages.press('answer', { code: await confirmingCode(bank) })
    const end = new URL(back.url)
    assert.equal(`${end.origin}${end.pathname}`, shop.redirect_uri)
    assert.deepEqual([end.searchParams.get('state'), end.searchParams.get('iss')], [state, ORIGIN])
    const tokens = await shop.redeem(end.searchParams.get('code') as string, code_verifier)
    assert.equal(tokens.status, 200, tokens.text)
    const { access_token, authorization_details } = JSON.parse(tokens.text)
    assert.deepEqual(authorization_details, [{ ...PAYMENT, source_account_id: accounts[1] }])
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url').toString())
    assert.deepEqual([claims.sub, claims.acr, claims.amr], [ann.user_id, '3', ['pwd', 'otp', 'email']])
    const [granted] = await bank.published(consentGranted)
    assert.equal(granted?.consent_id, claims.consent_id)
    // Everybody may listen to events: neither name nor number of the payee, nor what it is for.
    const told = { type: 'payment_initiation', amount_cents: 12_550, currency: 'EUR', source_account_id: accounts[1] }
    assert.equal(JSON.stringify(granted?.authorization_details, numbers), JSON.stringify([told]))
    const line = (await trailOf(bank, 'stepInteraction')).at(-1)
    const { session_id, consent_id } = granted as { session_id: string; consent_id: string }
    assert.deepEqual(line, { user_id: ann.user_id, session_id, entity_id: consent_id, outcome: 'done' })
  })

  test('a customer lets somebody see the accounts that she chose, and no other', async (t) => {
    const { bank, shop, browser, accounts } = await openPageTest(t)
    const { url, code_verifier } = await shop.push(READING_WISH)
    const pages = browser()
    const asked = await signedIn(pages, url)
    for (const fact of ['names and numbers', 'their balances', 'FB-00010002-7']) assert.ok(asked.text.includes(fact))
    assert.doesNotMatch(asked.text, /their transactions|checked/)
    const none = await pages.press('choose')
    assert.deepEqual([none.status, none.text.includes('Choose an account')], [422, true])
    await pages.press('choose', { account: [accounts[0], accounts[2]] })
    const back = await pages.press('answer', { code: await confirmingCode(bank) })
    const code = new URL(back.url).searchParams.get('code') as string
    const { authorization_details } = JSON.parse((await shop.redeem(code, code_verifier)).text)
    assert.deepEqual(authorization_details[0].account_ids, [accounts[0], accounts[2]])
    const [session] = await bank.owner`select client_id, scopes, status, consent_details_encrypted from sessions`
    assert.deepEqual(session?.scopes, ['openid', 'account_information'])
    assert.deepEqual([session?.client_id, session?.status], [shop.client_id, 'ACTIVE'])
    assert.doesNotMatch(String(session?.consent_details_encrypted), new RegExp(accounts[0]))
  })

  test('who denies, before or after he is known, sends the third party away with access_denied, iss and state', async (t) => {
    const { bank, shop, browser, accounts } = await openPageTest(t)
    const strangers = await shop.push(paymentWish())
    const pages = browser()
    await pages.open(strangers.url)
    const left = await pages.press('deny')
    assert.deepEqual(errorIn(left), { error: 'access_denied', state: strangers.state, iss: ORIGIN })
    for (const chooses of [false, true]) {
      const { url, state } = await shop.push(paymentWish())
      const hers = browser()
      await signedIn(hers, url)
      if (chooses) await hers.press('choose', { source: accounts[0] })
      assert.deepEqual(errorIn(await hers.press('deny')), { error: 'access_denied', state, iss: ORIGIN })
    }
    assert.deepEqual(await bank.published(consentGranted), [])
    assert.equal((await bank.owner`select 1 from consents`).length, 0)
  })

  test('PSD2 RTS art. 5: another account is another challenge, and the code of the one before confirms nothing', async (t) => {
    const { bank, shop, browser, accounts } = await openPageTest(t)
    const pages = browser()
    await signedIn(pages, (await shop.push(paymentWish())).url)
    await pages.press('choose', { source: accounts[0] })
    const before = await confirmingCode(bank, 2)
    await pages.press('change')
    await pages.press('choose', { source: accounts[1] })
    const after = await confirmingCode(bank, 3)
    assert.notEqual(before, after)
    const refused = await pages.press('answer', { code: before })
    assert.equal(refused.status, 422, refused.text)
    assert.match(refused.text, /The code is wrong/)
    const back = await pages.press('answer', { code: after })
    assert.ok(new URL(back.url).searchParams.get('code'))
    const [consent] = await bank.published(consentGranted)
    assert.equal(consent?.authorization_details[0]?.source_account_id, accounts[1])
  })

  test('a choice that is changed behind the back of its challenge is not confirmed by it', async (t) => {
    const { bank, own, shop, browser, accounts } = await openPageTest(t)
    const pages = browser()
    await signedIn(pages, (await shop.push(paymentWish())).url)
    await pages.press('choose', { source: accounts[0] })
    // As if the digest had been made of another account.
    await bank.owner`update challenges set digest = ${own.vault.pageHash('uid', 'another')} where purpose = 'CONSENT'`
    await bank.owner`update challenge_codes set digest = ${own.vault.pageHash('uid', 'another')}`
    const refused = await pages.press('answer', { code: await confirmingCode(bank) })
    assert.match(refused.text, /took too long; start again/)
    assert.equal((await bank.owner`select 1 from consents`).length, 0)
  })

  test('somebody else’s account, and one that may only be looked at, cannot be paid from', async (t) => {
    const { bank, shop, browser, accounts } = await openPageTest(t)
    const pages = browser()
    await signedIn(pages, (await shop.push(paymentWish())).url)
    for (const source of ['0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b', accounts[2], '', "' or 1=1"]) {
      const refused = await pages.press('choose', { source })
      assert.equal(refused.status, 422, source)
      assert.match(refused.text, /This is not one of your accounts/)
    }
    assert.equal((await bank.owner`select 1 from challenges where purpose = 'CONSENT'`).length, 0)
  })

  test('of many who confirm at once, one is led back with a code: one consent, one session, one grant', async (t) => {
    const { bank, shop, browser, accounts } = await openPageTest(t)
    const pages = browser()
    await signedIn(pages, (await shop.push(paymentWish())).url)
    await pages.press('choose', { source: accounts[0] })
    const code = await confirmingCode(bank)
    const answers = await Promise.all(Array.from({ length: 8 }, () => pages.press('answer', { code })))
    const codes = answers.flatMap((answer) => new URL(answer.url).searchParams.get('code') ?? [])
    assert.ok(codes.length >= 1)
    const [row] = await bank.owner<{ consents: number; sessions: number; grants: number }[]>`
      select (select count(*)::int from consents) as consents, (select count(*)::int from sessions) as sessions,
        (select count(*)::int from oauth_artifacts where model = 'Grant') as grants`
    assert.deepEqual({ ...row }, { consents: 1, sessions: 1, grants: 1 })
    assert.equal((await bank.published(consentGranted)).length, 1)
  })

  test('a payment that nobody could make is not offered: an unknown payee, no account in its currency', async (t) => {
    const { shop, browser } = await openPageTest(t)
    const unknown = browser()
    const lost = await signedIn(
      unknown,
      (await shop.push(paymentWish({ destination_account_number: 'FB-00000001-2' }))).url,
    )
    assert.match(lost.text, /We know no account with this number/)
    const dollars = browser()
    const poor = await signedIn(dollars, (await shop.push(paymentWish({ currency: 'USD' }))).url)
    assert.match(poor.text, /no account/)
    for (const page of [lost, poor]) assert.ok(page.forms.every(({ steps }) => !steps.includes('choose')))
  })

  test('an account that the third party names is the one, and a name that is not the payee’s is pointed at', async (t) => {
    const { shop, browser, accounts } = await openPageTest(t)
    const wish = paymentWish({ source_account_id: accounts[1], payee_name: 'Zebra Holdings' })
    const shown = await signedIn(browser(), (await shop.push(wish)).url)
    assert.match(shown.text, /The two names do not seem to be the same/)
    assert.doesNotMatch(shown.text, /FB-00010000-7/)
    assert.match(shown.text, new RegExp(`value="${accounts[1]}" checked`))
  })

  test('staff allow nobody anything', async (t) => {
    const { bank, shop, browser, ann } = await openPageTest(t)
    await bank.owner`update users set roles = '{teller}' where user_id = ${ann.user_id}`
    const pages = browser()
    await pages.open((await shop.push(paymentWish())).url)
    const refused = await pages.press('sign_in', { email, password: PASSWORD })
    assert.deepEqual([refused.status, refused.text.includes('This is for customers')], [403, true])
    assert.equal(errorIn(await pages.press('deny')).error, 'access_denied')
  })

  test('in production who has no second factor is told to get one; a password alone allows nothing', async (t) => {
    const env = { BANKFLOW_PUBLIC_ORIGIN: ORIGIN }
    const metadata = { redirect_uris: ['https://shop.example/callback'] }
    const { bank, shop, browser, accounts } = await openPageTest(t, { profile: 'production', env, metadata })
    const pages = browser()
    await signedIn(pages, (await shop.push({ ...paymentWish(), redirect_uri: 'https://shop.example/callback' })).url)
    const refused = await pages.press('choose', { source: accounts[0] })
    assert.deepEqual([refused.status, refused.text.includes('You need a second factor')], [403, true])
    assert.equal((await bank.owner`select 1 from challenges`).length, 0)
  })
})

function numbers(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}
