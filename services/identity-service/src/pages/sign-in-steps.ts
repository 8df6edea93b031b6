import type { WriteContext } from '#libs/http/implement.ts'
import type { RawReply } from '#libs/http/raw-messages.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { acrOf } from '../domain/tokens.ts'
import { finishInteraction } from '../oauth/interactions.ts'
import { problems } from '../problems.ts'
import { DEMO_PASSWORD, DEMO_USERS } from '../seed.ts'
import { noteDevice } from '../store/devices.ts'
import { deviceCookie, openVisit, type Visit } from '../store/page-visits.ts'
import { checkAttempt, type Entered, enter, enterByFactor } from '../store/sign-in.ts'
import { recordSignIn } from '../store/sign-in-lane.ts'
import { again, answerOf, askAnother, askFirst, beginAnew, type Desk, deny, mustBeCustomer } from './desk.ts'
import { factorPage } from './factor-page.ts'
import { fieldIn } from './forms.ts'
import type { Page } from './layout.ts'
import type { Wrong } from './parts.ts'
import { signInPage } from './sign-in-page.ts'

/** The page of somebody who is not known yet: his name and password, then a second factor where he has one. */
export function signInView(desk: Desk, visit: Visit, wrong: Wrong | null = null, email?: string): Page {
  const { at, interaction, context } = desk
  if (visit.challenge_id !== null && visit.offer !== null) {
    const { asked: offer, factors } = visit.offer
    return factorPage(at, { offer, factors, shown: null, confirm: at.words.continue, wrong })
  }
  const [demo] = DEMO_USERS
  return signInPage(at, {
    client_name: interaction.client.client_name,
    email: (email ?? interaction.login_hint ?? '').slice(0, 254),
    demo:
      context.own.profile === 'sandbox' && demo !== undefined ? { email: demo.email, password: DEMO_PASSWORD } : null,
    wrong,
  })
}

/** One step of a sign-in. Throws the problems of a sign-in. */
export async function signInStep(desk: Desk, fields: URLSearchParams): Promise<RawReply> {
  const { context, interaction, browser } = desk
  switch (fields.get('step')) {
    case 'sign_in':
      return signIn(desk, fields)
    case 'answer':
      return context.act(async (acting) => {
        const { challenge_id } = await openVisit(acting, interaction, browser)
        if (challenge_id === null) throw new Problem(problems.CHALLENGE_GONE)
        return enterDone(desk, acting, await enterByFactor({ challenge_id, ...answerOf(fields) }, acting))
      })
    case 'offer':
      await context.act(async (acting) => {
        await askAnother(acting, await openVisit(acting, interaction, browser), fields, 'LOGIN')
      })
      return again(desk)
    case 'deny':
      return deny(desk)
    default:
      return again(desk)
  }
}

async function signIn(desk: Desk, fields: URLSearchParams): Promise<RawReply> {
  const { context, interaction, browser } = desk
  const password = (fields.get('password') ?? '').slice(0, 128)
  const body = { email: fieldIn(fields, 'email', 254), password, device_id: browser.device_id }
  if (!/^[^@\s]+@[^@\s]+$/.test(body.email) || password === '') throw new Problem(problems.CREDENTIALS_WRONG)
  const check = await checkAttempt(body, context)
  return context.act(async (acting) => {
    const visit = await openVisit(acting, interaction, browser)
    await beginAnew(acting, visit)
    const entered = await enter(body, acting, check)
    if (!('status' in entered)) return enterDone(desk, acting, entered)
    await askFirst(acting, visit, entered, 'LOGIN')
    return again(desk)
  })
}

/** A whole sign-in. No session of the bank is opened: what comes of it is the third party's consent, which has one of its own. */
async function enterDone(
  { request, browser }: Desk,
  acting: WriteContext<Own>,
  { user, lane, device_id, amr }: Entered,
): Promise<RawReply> {
  const { tx, own, clock } = acting
  mustBeCustomer(user)
  const now = clock.wall.now()
  const { user_id } = user
  acting.namedInTrail({ user_id })
  await recordSignIn(tx, own.vault, { lane, user_id, device_id }, now)
  if (device_id !== null) await noteDevice(tx, own, { user_id, device_id }, now)
  const auth_time = Math.floor(now.getTime() / 1000)
  const reply = await finishInteraction(acting, request, { login: { user_id, amr, acr: acrOf(amr), auth_time } })
  return withCookies(reply, [...browser.set_cookies, deviceCookie(browser)])
}

function withCookies(reply: RawReply, cookies: readonly string[]): RawReply {
  const before = reply.headers['set-cookie'] ?? []
  return { ...reply, headers: { ...reply.headers, 'set-cookie': [...[before].flat(), ...cookies] } }
}

/** Which field a refusal of the sign-in is about. */
export function signInField(code: string): string | null {
  if (code === 'CREDENTIALS_WRONG') return 'email'
  return code === 'CODE_WRONG' ? 'code' : null
}
