import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ORIGIN, openPageTest, paymentWish, READING_WISH, signedIn } from '../../../testing/page-test.ts'
import { callerOf, enrol, PASSWORD, signIn } from '../../../testing/people.ts'
import { totpCode } from '../../totp.ts'

const email = 'ann@example.com'
const EVIL = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`

describe('showInteraction', () => {
  test('ASVS 3.4, 3.5: a page loads nothing, is framed by nobody, kept by nobody, and sends forms to the bank and the third party alone', async (t) => {
    const { shop, browser } = await openPageTest(t)
    const { headers, cookies } = await browser().open((await shop.push(paymentWish())).url)
    const policy = headers['content-security-policy'] ?? ''
    for (const directive of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
      assert.ok(policy.includes(directive), policy)
    assert.match(policy, /form-action 'self' http:\/\/127\.0\.0\.1:9(;|$)/)
    assert.doesNotMatch(policy, /script-src|unsafe|\*/)
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['referrer-policy'], 'same-origin')
    for (const line of cookies) assert.match(line, /^__Host-[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/)
  })

  test('RFC 9700 4.7: the address of somebody else’s request opens nothing in another browser, and nothing is lost by it', async (t) => {
    const { shop, browser } = await openPageTest(t)
    const attacker = browser()
    const begun = await attacker.open((await shop.push(paymentWish())).url)
    const victim = browser()
    const seen = await victim.open(begun.url)
    assert.deepEqual([seen.status, seen.text.includes('This request has ended')], [410, true])
    assert.doesNotMatch(seen.text, /Corner Shop|password/i)
    // Even with the library's own cookies: the visit belongs to the browser that looked first.
    for (const [name, value] of attacker.cookies) if (name !== '__Host-bf_page') victim.cookies.set(name, value)
    assert.equal((await victim.open(begun.url)).status, 410)
    assert.equal((await attacker.open(begun.url)).status, 200)
  })

  test('ASVS 4.2.2: a form of another page, another origin or another request changes nothing', async (t) => {
    const { bank, send, shop, browser } = await openPageTest(t)
    const pages = browser()
    const { url, forms } = await pages.open((await shop.push(paymentWish())).url)
    const [, token] = forms[0]?.fields.find(([name]) => name === 'token') ?? []
    const others = await browser().open((await shop.push(paymentWish())).url)
    const [, foreign] = others.forms[0]?.fields.find(([name]) => name === 'token') ?? []
    const cookie = [...pages.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const good = { cookie, origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded' }
    const post = (headers: Record<string, string>, sent: string | undefined) => {
      const body = new URLSearchParams({ token: sent ?? '', step: 'sign_in', email, password: PASSWORD })
      return send({ method: 'POST', url, headers, body: body.toString() })
    }
    const { origin: _, ...withoutOrigin } = good
    for (const [headers, sent] of [
      [{ ...good, origin: 'https://evil.example' }, token],
      [{ ...good, origin: 'null' }, token],
      [withoutOrigin, token],
      [{ ...good, 'content-type': 'text/plain' }, token],
      [good, foreign],
      [good, ''],
    ] as const) {
      const refused = await post(headers as Record<string, string>, sent)
      assert.deepEqual([refused.status, refused.text.includes('Nothing was done')], [403, true])
    }
    const [state] = await bank.owner`select failed_login_attempts as failures from users`
    assert.equal(state?.failures, 0)
    assert.equal((await post(good, token)).status, 303)
  })

  test('ASVS 5.3.3: whatever a third party calls itself, a payee or a reference, it is text', async (t) => {
    const { shop, browser } = await openPageTest(t)
    const wish = { ...paymentWish({ payee_name: EVIL, reference: EVIL }), login_hint: EVIL }
    const pages = browser()
    const first = await pages.open((await shop.push(wish)).url)
    const asked = await pages.press('sign_in', { email, password: PASSWORD })
    for (const { text } of [first, asked]) {
      assert.doesNotMatch(text, /<script>alert|<img|onerror='/)
      assert.match(text, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
    }
    const wrong = await browser().open((await shop.push(wish)).url)
    assert.doesNotMatch(wrong.text, /<img/)
  })

  test('a wrong password is said in the page and counts, and after many nobody is let in, as anywhere else', async (t) => {
    const { shop, browser } = await openPageTest(t)
    const pages = browser()
    await pages.open((await shop.push(paymentWish())).url)
    const wrong = await pages.press('sign_in', { email, password: 'not this one at all' })
    assert.equal(wrong.status, 422)
    assert.match(wrong.text, /The e-mail address or the password is wrong/)
    assert.match(wrong.text, /role="alert"/)
    assert.match(wrong.text, /value="ann@example\.com"/)
    assert.doesNotMatch(wrong.text, /not this one at all/)
    for (let i = 0; i < 9; i++) await pages.press('sign_in', { email, password: 'not this one at all' })
    const locked = await pages.press('sign_in', { email, password: PASSWORD })
    assert.equal(locked.status, 422)
    assert.match(locked.text, /Too many failed/)
  })

  test('who has a second factor is asked for it, before anything of the request is shown', async (t) => {
    const { bank, shop, browser } = await openPageTest(t)
    const { secret } = await enrol(bank, await callerOf(bank, await signIn(bank)))
    bank.clock.advance(60_000)
    const pages = browser()
    await pages.open((await shop.push(paymentWish())).url)
    const factor = await pages.press('sign_in', { email, password: PASSWORD })
    assert.match(factor.text, /six digits that your authenticator/)
    assert.doesNotMatch(factor.text, /125\.50/)
    const wrong = await pages.press('answer', { code: '000000' })
    assert.match(wrong.text, /The code is wrong/)
    const shown = await pages.press('answer', { code: totpCode(secret, bank.clock.wall.now()) })
    assert.match(shown.text, /€125\.50/)
  })

  test('going back and looking again shows where one is; a request that was answered is over', async (t) => {
    const { shop, browser, accounts } = await openPageTest(t)
    const pages = browser()
    const { url } = await signedIn(pages, (await shop.push(paymentWish())).url)
    await pages.press('choose', { source: accounts[0] })
    assert.match((await pages.open(url)).text, /Confirm that it is you/)
    await pages.press('deny')
    const over = await pages.open(url)
    assert.deepEqual([over.status, over.text.includes('This request has ended')], [410, true])
  })

  test('a request that takes too long is over', async (t) => {
    const { bank, shop, browser } = await openPageTest(t)
    const pages = browser()
    const { url } = await pages.open((await shop.push(paymentWish())).url)
    bank.clock.advance(901_000)
    assert.equal((await pages.open(url)).status, 410)
  })

  test('speaks the language that the third party or the browser asks for', async (t) => {
    const { shop, browser } = await openPageTest(t)
    const german = await browser({ 'accept-language': 'fr, de-AT;q=0.8, en;q=0.2' }).open(
      (await shop.push(paymentWish())).url,
    )
    assert.match(german.text, /<html lang="de">[\s\S]*Anmelden/)
    const wish = { ...READING_WISH, ui_locales: 'pt-PT en' }
    const portuguese = await browser({ 'accept-language': 'de' }).open((await shop.push(wish)).url)
    assert.match(portuguese.text, /<html lang="pt">[\s\S]*Entrar/)
  })

  test('demo users are named in a sandbox alone', async (t) => {
    const { shop, browser } = await openPageTest(t)
    assert.match((await browser().open((await shop.push(paymentWish())).url)).text, /Demo-bank-2026/)
    const env = { BANKFLOW_PUBLIC_ORIGIN: ORIGIN }
    const redirect_uri = 'https://shop.example/callback'
    const real = await openPageTest(t, { profile: 'production', env, metadata: { redirect_uris: [redirect_uri] } })
    const page = await real.browser().open((await real.shop.push({ ...paymentWish(), redirect_uri })).url)
    assert.equal(page.status, 200)
    assert.doesNotMatch(page.text, /Demo-bank-2026|sandbox/i)
  })
})
