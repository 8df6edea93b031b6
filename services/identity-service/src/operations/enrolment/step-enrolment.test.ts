import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { factorChanged } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { type SoftAuthenticator, softAuthenticator } from '../../../testing/authenticator.ts'
import { passkeyCeremony } from '../../../testing/factors.ts'
import { openPages, type PagesDriver } from '../../../testing/pages-driver.ts'
import { callerOf, openIdentity, refusalOf, type Tokens } from '../../../testing/people.ts'
import { rawDoor } from '../../../testing/raw-door.ts'
import { inviteFirst } from '../../seed.ts'

const ORIGIN = 'https://bank.example'
const PAGE = `${ORIGIN}/api/v1/auth/enrol`
const email = 'boss@bank.example'

/** A production bank that nobody works at but its first admin, who has his link. */
async function openInvited(t: TestContext) {
  const opened: { token?: string; invite?: () => Promise<string> } = {}
  const env = { BANKFLOW_PUBLIC_ORIGIN: ORIGIN }
  let invited: Promise<{ token: string }> | undefined
  const bank = await openIdentity(t, { profile: 'production', env }, (opening) => {
    const { database, keys, clock } = opening
    opened.invite = async () => {
      invited ??= inviteFirst({ database, keys, clock, profile: 'production' }, { email, roles: ['admin'] })
      return (await invited).token
    }
  })
  const token = await (opened.invite as () => Promise<string>)()
  return { bank, token, browser: openPages(rawDoor(bank), ORIGIN, { origin: ORIGIN }) }
}

/** Sends a form of the page as its script does. */
async function send(bank: ServiceTest, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams(fields).toString()
  const sent = { origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded', ...headers }
  return rawDoor(bank)({ method: 'POST', url: PAGE, headers: sent, body })
}

/** What the page asks the authenticator for. */
function optionsIn(text: string): Parameters<SoftAuthenticator['create']>[0] {
  const found = /data-passkey="([^"]*)"/.exec(text)?.[1]
  assert.ok(found, 'the page asks for no passkey')
  return JSON.parse(found.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'))
}

async function enrol(bank: ServiceTest, invitation: string, key = softAuthenticator({ origin: ORIGIN })) {
  const options = optionsIn((await send(bank, { invitation })).text)
  const credential = JSON.stringify(key.create(options))
  return { key, page: await send(bank, { invitation, name: 'Token', credential }), credential }
}

async function signInBy(bank: ServiceTest, key: SoftAuthenticator) {
  const { ceremony_id, options } = await passkeyCeremony(bank)
  const body = { ceremony_id, passkey: key.get(options) }
  return (await bank.call(factors.loginByPasskey, { body }, anonymous)).reply.tokens as Tokens
}

describe('enrolment of staff', () => {
  test('the link leads to a passkey, by which the first admin signs in with two factors, and nothing else does', async (t) => {
    const { bank, token } = await openInvited(t)
    const { key, page } = await enrol(bank, token)
    assert.equal(page.status, 200)
    assert.match(page.text, /Your passkey is ready/)
    const caller = await callerOf(bank, await signInBy(bank, key))
    assert.deepEqual([caller.roles, caller.acr, caller.customer_id], [['admin'], '2', null])
    const told = await bank.published(factorChanged)
    assert.deepEqual(
      told.map(({ factor_type, change }) => [factor_type, change]),
      [['PASSKEY', 'ADDED']],
    )
  })

  test('is good once, also for eight at the same moment', async (t) => {
    const { bank, token } = await openInvited(t)
    const options = optionsIn((await send(bank, { invitation: token })).text)
    const pages = await Promise.all(
      Array.from({ length: 8 }, () => {
        const credential = JSON.stringify(softAuthenticator({ origin: ORIGIN }).create(options))
        return send(bank, { invitation: token, name: 'Token', credential })
      }),
    )
    assert.equal(pages.filter(({ text }) => text.includes('Your passkey is ready')).length, 1)
    assert.equal((await bank.owner`select 1 from passkeys`).length, 1)
    assert.match((await send(bank, { invitation: token })).text, /This invitation was used/)
  })

  test('is no way around a factor that its person has by now', async (t) => {
    const { bank, token } = await openInvited(t)
    const [user] = await bank.owner<{ user_id: string }[]>`select user_id from users`
    await bank.owner`
      insert into factors (factor_id, user_id, factor_type, secret_encrypted, confirmed_at, created_at)
      values (${newId()}, ${(user as { user_id: string }).user_id}, 'TOTP', '', now(), now())`
    assert.match((await send(bank, { invitation: token })).text, /This invitation was used/)
    assert.equal((await bank.owner`select 1 from passkeys`).length, 0)
  })

  test('is over after a day, and a made-up one was never any; both sound the same, and guesses count for their source', async (t) => {
    const { bank, token } = await openInvited(t)
    const made_up = await send(bank, { invitation: 'A'.repeat(43) })
    bank.clock.advance(86_400_001)
    const late = await send(bank, { invitation: token })
    assert.deepEqual([late.status, made_up.status], [410, 410])
    const withoutNonce = (text: string) => text.replaceAll(/nonce="[^"]*"/g, '')
    assert.equal(withoutNonce(late.text), withoutNonce(made_up.text))
    assert.equal(late.text.includes(email), false)
  })

  test('a passkey that another page, host or challenge made is refused, and the link is still good', async (t) => {
    const { bank, token } = await openInvited(t)
    const begin = async () => optionsIn((await send(bank, { invitation: token })).text)
    for (const quirks of [
      { origin: 'https://bank.example.evil.test' },
      { rp_id: 'evil.test' },
      { challenge: 'A'.repeat(43) },
      { is_verified: false },
    ]) {
      const credential = JSON.stringify(softAuthenticator({ origin: ORIGIN }).create(await begin(), quirks))
      const page = await send(bank, { invitation: token, name: 'Token', credential })
      assert.deepEqual([page.status, page.text.includes('role="alert"')], [422, true], JSON.stringify(quirks))
    }
    for (const credential of ['', '{', '{"id":"x"}', 'null'])
      assert.equal((await send(bank, { invitation: token, name: 'Token', credential })).status, 422, credential)
    assert.equal((await bank.owner`select 1 from passkeys`).length, 0)
    assert.match((await enrol(bank, token)).page.text, /Your passkey is ready/)
  })

  test('ASVS 4.2.2, ASVS 14.4: a form of another origin is refused; the page is framed by nobody, kept by nobody, and runs its own script alone', async (t) => {
    const { bank, token, browser } = await openInvited(t)
    for (const headers of [{ origin: 'https://evil.test' }, { 'content-type': 'text/plain' }])
      assert.equal((await send(bank, { invitation: token }, headers)).status, 403)
    const shown: PagesDriver['page'] = await browser.open(PAGE)
    const policy = shown.headers['content-security-policy'] ?? ''
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "script-src 'nonce-"])
      assert.ok(policy.includes(part), part)
    assert.equal(shown.headers['cache-control'], 'no-store')
    assert.equal(shown.text.includes(token), false)
  })

  test('who was shut out enrols nothing', async (t) => {
    const { bank, token } = await openInvited(t)
    await bank.owner`update users set is_active = false`
    assert.equal((await send(bank, { invitation: token })).status, 410)
  })

  test('without an origin a production bank invites nobody, since no passkey could be bound to it', async (t) => {
    const bank = await openIdentity(t, { profile: 'production' })
    assert.equal(await refusalOf(bank.call(factors.startPasskeyLogin, {}, anonymous)), 'FACTOR_NOT_OFFERED')
  })
})
