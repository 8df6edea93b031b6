import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { sendMail } from '#contracts/api/notification.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { sealer } from '#libs/crypto/envelope.ts'
import { AUDIT_PURPOSE, placeOfChange } from '#libs/http/audit.ts'
import { TokenVerifier } from '#libs/http/verifier.ts'
import { decode } from '#libs/json/json.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Opening } from '#libs/service/service.ts'
import { aService } from '#libs/testing/callers.ts'
import { eventually, openServiceTest, type ServiceTest, type ServiceTestOptions } from '#libs/testing/service-test.ts'
import type { Own } from '../src/config.ts'
import { service } from '../src/service.ts'
import { totpCode } from '../src/totp.ts'

export const PASSWORD = 'seven green bottles'
export const OTHER_PASSWORD = 'eight brown barrels'
export type Tokens = ReplyOf<typeof api.refreshTokens>

/** A mail as it was handed to notification-service, its eight-digit code in a field of its own. */
interface SentMail {
  mail_id: string
  to: string
  subject: string
  text: string
  code: string | null
}

const keysOf = new WeakMap<ServiceTest, Opening['keys']>()
const sentBy = new WeakMap<ServiceTest, Map<string, SentMail>>()

/** Identity alone, on a fresh database, its mails taken by the test; `opened` sees what it was opened with and what it made of it. */
export async function openIdentity(
  t: TestContext,
  options: ServiceTestOptions = {},
  opened: (opening: Opening, own: Own) => void = () => {},
): Promise<ServiceTest> {
  let keys: Opening['keys'] | undefined
  const open = async (opening: Opening): Promise<Own> => {
    keys = opening.keys
    const own = await service.open(opening)
    opened(opening, own)
    return own
  }
  const bank = await openServiceTest(t, { ...service, open }, options)
  const sent = new Map<string, SentMail>()
  sentBy.set(bank, sent)
  keysOf.set(bank, keys as unknown as Opening['keys'])
  bank.peer(sendMail, ({ body: { mail_id, to, subject, text } }) => {
    sent.set(mail_id, { mail_id, to, subject, text, code: /\b\d{8}\b/.exec(text)?.[0] ?? null })
    return { mail_id }
  })
  return bank
}

/** The code of the refusal that a call ends with; fails when it does not refuse. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    return error.kind.code
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}

/** The mails to an address, newest first, once there are `count` of them. */
export function mailsTo(bank: ServiceTest, to: string, count: number): Promise<SentMail[]> {
  return eventually(() => {
    const all = [...(sentBy.get(bank) as Map<string, SentMail>).values()]
    const items = all.filter((mail) => mail.to === to).sort((a, b) => (a.mail_id < b.mail_id ? 1 : -1))
    assert.ok(items.length >= count, `${items.length} of ${count} mails to ${to}`)
    return items
  })
}

/** The code of the newest of `count` mails. */
export async function codeTo(bank: ServiceTest, to: string, count = 1): Promise<string> {
  const [newest] = await mailsTo(bank, to, count)
  assert.ok(newest?.code)
  return newest.code
}

/** What acts of an operation changed, as the trail will show it, oldest first. */
export async function changesBy(bank: ServiceTest, operation: string): Promise<unknown[]> {
  const changes = sealer(keysOf.get(bank) as Opening['keys'], AUDIT_PURPOSE)
  const rows = await bank.owner<{ audit_id: string; change_encrypted: string }[]>`
    select audit_id, change_encrypted from audit_outbox
    where operation = ${operation} and change_encrypted is not null order by audit_id`
  return rows.map(({ audit_id, change_encrypted }) => decode(changes.open(change_encrypted, placeOfChange(audit_id))))
}

/** One attempt of a browser to sign in. */
export function tryWeb(bank: ServiceTest, email = 'ann@example.com', password = PASSWORD, device_id?: string) {
  const body = { email, password, ...(device_id === undefined ? {} : { device_id }) }
  return bank.call(api.signInWeb, { body }, anonymous)
}

/** The secret in the cookie that an answer sets. */
export function cookieOf(answer: { headers: Record<string, string> }): string {
  const found = /^__Host-bf_sid=([A-Za-z0-9_-]{43}); /.exec(answer.headers['set-cookie'] ?? '')
  assert.ok(found, 'no cookie is set')
  return found[1] as string
}

/** What the gateway hears of a cookie. */
export async function resolveCookie(bank: ServiceTest, cookie: string): Promise<ReplyOf<typeof api.resolveWebSession>> {
  return (await bank.call(api.resolveWebSession, { body: { cookie } }, aService('api-gateway'))).reply
}

/** The caller behind a cookie. */
export async function browserOf(bank: ServiceTest, cookie: string): Promise<Caller> {
  const { access_token } = await resolveCookie(bank, cookie)
  assert.ok(access_token !== null, 'no session is behind this cookie')
  return verifierOf(bank).verify(access_token)
}

/** As many digits that are not the code. */
export function otherThan(code: string): string {
  const zeros = '0'.repeat(code.length)
  return code === zeros ? zeros.replace(/0$/, '1') : zeros
}

/** Registers without proving. */
export async function register(bank: ServiceTest, email: string, password = PASSWORD): Promise<void> {
  const body = { email, password, first_name: 'Ann', last_name: 'Example' }
  const { reply, status } = await bank.call(api.registerUser, { body }, anonymous)
  assert.deepEqual([status, reply], [202, { status: 'ACCEPTED' }])
}

/** Registers and proves the address. */
export async function aUser(bank: ServiceTest, email = 'ann@example.com'): Promise<ReplyOf<typeof api.getMe>> {
  await register(bank, email)
  const body = { email, code: await codeTo(bank, email) }
  return (await bank.call(api.verifyUser, { body }, anonymous)).reply
}

/** Signs in with a password alone; fails when more is asked. */
export async function signIn(
  bank: ServiceTest,
  email = 'ann@example.com',
  extra: { device_id?: string; password?: string } = {},
): Promise<Tokens> {
  const { reply } = await tryLogin(bank, email, extra.password ?? PASSWORD, extra)
  assert.equal(reply.status, 'SIGNED_IN')
  return reply.tokens as Tokens
}

/** One attempt to sign in, from an address of the network when given. */
export function tryLogin(
  bank: ServiceTest,
  email: string,
  password: string,
  extra: { device_id?: string; ip_hash?: string } = {},
) {
  const { device_id, ip_hash = null } = extra
  const body = { email, password, ...(device_id === undefined ? {} : { device_id }) }
  return bank.call(api.login, { body }, { ...anonymous, ip_hash })
}

/** The caller that a token stands for, as every service sees it: verified with identity's keys and revocations. */
export function verifierOf(bank: ServiceTest): TokenVerifier {
  const peer = aService('account-service')
  return new TokenVerifier(
    {
      keys: async () => (await bank.call(api.listKeys, {}, anonymous)).reply.keys,
      revocations: async (after) =>
        (await bank.call(api.listRevocations, { query: after === null ? {} : { after } }, peer)).reply,
      isActive: async (session_id) =>
        (await bank.call(api.getSessionState, { params: { session_id } }, peer)).reply.is_active,
    },
    () => bank.clock.wall.now().getTime(),
  )
}

/** The caller of a signed-in person. */
export function callerOf(bank: ServiceTest, tokens: Tokens): Promise<Caller> {
  return verifierOf(bank).verify(tokens.access_token)
}

/** Enrols an authenticator; the confirming code uses up the present step. */
export async function enrol(bank: ServiceTest, caller: Caller) {
  const started = await bank.call(api.enrolTotp, { body: { password: PASSWORD } }, caller)
  const { factor_id, secret } = started.reply
  const body = { factor_id, code: totpCode(secret, bank.clock.wall.now()) }
  const { recovery_codes } = (await bank.call(api.confirmTotp, { body }, caller)).reply
  return { factor_id, secret, recovery_codes }
}

/** The trail's lines of an operation, oldest first: who, in which session, about what, and how it ended. */
export async function trailOf(bank: ServiceTest, operation: string) {
  const rows = await bank.owner<
    { user_id: string | null; session_id: string | null; entity_id: string | null; outcome: string }[]
  >`select user_id, session_id, entity_id, outcome from audit_outbox where operation = ${operation} order by audit_id`
  return rows.map((row) => ({ ...row }))
}
