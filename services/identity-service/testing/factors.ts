import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import type { TestContext } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import * as devices from '#contracts/api/identity-devices.ts'
import * as factors from '#contracts/api/identity-factors.ts'
import { sendPushNotification, sendText } from '#contracts/api/notification.ts'
import type { FactorWord } from '#contracts/enums.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually, type ServiceTest, type ServiceTestOptions } from '#libs/testing/service-test.ts'
import { type DeviceKey, decisionText, registrationText } from '../src/device-keys.ts'
import { totpCode } from '../src/totp.ts'
import { softAuthenticator } from './authenticator.ts'
import { aUser, callerOf, enrol, openIdentity, PASSWORD, signIn, tryLogin } from './people.ts'

export const EMAIL = 'ann@example.com'
export const PHONE = '+4915112345678'
/** Sees what identity was opened with. */
type Opened = Parameters<typeof openIdentity>[2]
type Texted = { to: string; text: string; code: string }
const texted = new WeakMap<ServiceTest, Map<string, Texted>>()
const pushed = new WeakMap<ServiceTest, Map<string, string>>()

/** Identity with text messages and pushes taken by the test, and Ann signed in on her laptop. */
export async function openWithAnn(t: TestContext, options: ServiceTestOptions = {}, opened?: Opened) {
  const bank = await openIdentity(t, options, opened)
  const texts = new Map<string, Texted>()
  const pushes = new Map<string, string>()
  texted.set(bank, texts)
  pushed.set(bank, pushes)
  bank.peer(sendText, ({ body: { text_id, to, text } }) => {
    texts.set(text_id, { to, text, code: /code is (\d{6})\b/.exec(text)?.[1] ?? '' })
    return { text_id }
  })
  bank.peer(sendPushNotification, ({ body: { user_id, template_id, variables } }) => {
    assert.deepEqual([template_id, variables], ['approval.waiting', undefined])
    pushes.set(newId(), user_id)
    return { notification_id: newId(), status: 'PENDING' as const }
  })
  const user = await aUser(bank)
  const caller = await callerOf(bank, await signIn(bank, EMAIL, { device_id: 'laptop-1' }))
  return { bank, user, caller }
}

/** Ann with an authenticator; `freshCode` moves the clock to a step that was not used. */
export async function openWithTotp(t: TestContext, options: ServiceTestOptions = {}, seen?: Opened) {
  const opened = await openWithAnn(t, options, seen)
  const { bank, caller } = opened
  const factor = await enrol(bank, caller)
  const freshCode = (): string => {
    bank.clock.advance(30_000)
    return totpCode(factor.secret, bank.clock.wall.now())
  }
  /** The password and a fresh code: what a change of factors takes. */
  const strong = async (by: Caller = caller) => ({ password: PASSWORD, proof: await codeProof(bank, by, freshCode()) })
  return { ...opened, factor, freshCode, strong }
}

/** A challenge of the ENROL kind, answered with a code. */
export async function codeProof(bank: ServiceTest, caller: Caller, code: string) {
  const { challenge_id } = (await bank.call(factors.openFactorProof, {}, caller)).reply
  return { challenge_id, code }
}

/** The text messages to a number, once there are `count`, newest first. */
export function textsTo(bank: ServiceTest, to: string, count = 1): Promise<Texted[]> {
  return eventually(() => {
    const all = [...(texted.get(bank) as Map<string, Texted>).entries()].filter(([, one]) => one.to === to)
    assert.ok(all.length >= count, `${all.length} of ${count} texts to ${to}`)
    return all.sort(([a], [b]) => (a < b ? 1 : -1)).map(([, one]) => one)
  })
}

/** Whose telephones were woken, once `count` were. */
export function pushesOf(bank: ServiceTest, count: number): Promise<string[]> {
  return eventually(() => {
    const all = [...(pushed.get(bank) as Map<string, string>).values()]
    assert.ok(all.length >= count, `${all.length} of ${count} pushes`)
    return all
  })
}

/** Enrols a telephone number with what the change takes. */
export async function enrolPhone(bank: ServiceTest, caller: Caller, strength: object = { password: PASSWORD }) {
  const before = (texted.get(bank) as Map<string, Texted>).size
  const { reply } = await bank.call(factors.enrolPhone, { body: { phone: PHONE, ...strength } }, caller)
  const [newest] = await textsTo(bank, PHONE, before + 1)
  const body = { factor_id: reply.factor_id, code: newest?.code as string }
  const { recovery_codes } = (await bank.call(factors.confirmPhone, { body }, caller)).reply
  return { factor_id: reply.factor_id, recovery_codes }
}

/** Registers a passkey of a new authenticator. */
export async function enrolPasskey(
  bank: ServiceTest,
  caller: Caller,
  { strength = { password: PASSWORD } as object, syncs = false, name = 'My laptop' } = {},
) {
  const authenticator = softAuthenticator({ syncs })
  const { ceremony_id, options } = (await bank.call(factors.startPasskey, { body: strength }, caller)).reply
  const body = { ceremony_id, name, passkey: authenticator.create(options) }
  const { reply } = await bank.call(factors.registerPasskey, { body }, caller)
  return { authenticator, ...reply }
}

/** What a sign-in by passkey answers. */
export async function passkeyCeremony(bank: ServiceTest) {
  return (await bank.call(factors.startPasskeyLogin, {}, anonymous)).reply
}

/** A sign-in of Ann's that lacks its second factor. */
export async function halfSignIn(bank: ServiceTest, device_id?: string): Promise<string> {
  const { reply } = await tryLogin(bank, EMAIL, PASSWORD, device_id === undefined ? {} : { device_id })
  assert.equal(reply.status, 'MFA_REQUIRED')
  return reply.challenge_id as string
}

/** Offers a factor for a sign-in. */
export async function offer(bank: ServiceTest, challenge_id: string, factor: FactorWord) {
  return (await bank.call(factors.challengeFactor, { body: { challenge_id, factor } }, anonymous)).reply
}

/** Completes a sign-in. */
export async function verify(
  bank: ServiceTest,
  challenge_id: string,
  answer: Omit<Parameters<typeof bank.call<typeof api.verifyFactor>>[1]['body'] & object, 'challenge_id'>,
) {
  return (await bank.call(api.verifyFactor, { body: { challenge_id, ...answer } }, anonymous)).reply
}

/** A telephone that holds a key. */
export function aPhone(kind: 'EC' | 'OKP' = 'EC') {
  const { publicKey, privateKey } =
    kind === 'EC' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const key = (kind === 'EC' ? { kty, crv, x, y } : { kty, crv, x }) as DeviceKey
  const signed = (text: string): string =>
    (kind === 'EC'
      ? sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      : sign(null, Buffer.from(text), privateKey)
    ).toString('base64url')
  return {
    key,
    signed,
    registration: (challenge_id: string): string => signed(registrationText(challenge_id, key)),
    decision: (decided: Parameters<typeof decisionText>[0]): string => signed(decisionText(decided)),
  }
}

/** Ann's telephone with its key, signed in by a session of its own. */
export async function enrolDevice(
  bank: ServiceTest,
  {
    tokens,
    strength,
    kind = 'EC' as 'EC' | 'OKP',
  }: {
    tokens: Parameters<typeof callerOf>[1]
    strength: (caller: Caller) => Promise<{ password: string; proof: { challenge_id: string; code: string } }>
    kind?: 'EC' | 'OKP'
  },
) {
  const phone = aPhone(kind)
  const caller = await callerOf(bank, tokens)
  const proved = await strength(caller)
  const body = {
    name: 'My phone',
    public_key: phone.key,
    signature: phone.registration(proved.proof.challenge_id),
    ...proved,
  }
  const { reply } = await bank.call(devices.registerDevice, { body }, caller)
  return { phone, caller, device_id: reply.device_id, device: reply }
}
