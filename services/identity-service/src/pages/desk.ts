import type { RawContext, WriteContext } from '#libs/http/implement.ts'
import type { RawReply, RawRequest } from '#libs/http/raw-messages.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { isStaff } from '../domain/tokens.ts'
import type { Interaction } from '../oauth/authorization-server.ts'
import { finishInteraction } from '../oauth/interactions.ts'
import { problems } from '../problems.ts'
import type { FactorAnswer } from '../store/challenge-answers.ts'
import { type Offer, offerFactor } from '../store/challenge-offers.ts'
import type { OpenChallenge } from '../store/challenges.ts'
import { type Browser, forgetChallenge, keepVisit, type Visit } from '../store/page-visits.ts'
import type { ChallengePurpose, UserRow } from '../tables.ts'
import { fieldIn } from './forms.ts'
import { type Page, pageReply } from './layout.ts'
import type { At } from './parts.ts'

/** Everything that is known of one request to the pages of one interaction. */
export interface Desk {
  request: RawRequest
  context: RawContext<Own>
  interaction: Interaction
  browser: Browser
  at: At
}

/** Shows a page. */
export function show({ at, interaction, browser }: Desk, page: Page): RawReply {
  const { redirect_origin } = interaction
  return pageReply(page, { words: at.words, redirect_origin, set_cookies: browser.set_cookies })
}

/** Leads back to the page by a GET, so that neither reloading nor going back sends anything again. */
export function again({ at, browser }: Desk): RawReply {
  const cookies = browser.set_cookies.length === 0 ? {} : { 'set-cookie': browser.set_cookies }
  return { status: 303, headers: { location: at.path, 'cache-control': 'no-store', ...cookies }, body: '' }
}

/** Ends the interaction without anything allowed. */
export function deny({ context, request }: Desk): Promise<RawReply> {
  return context.act((acting) => {
    return finishInteraction(acting, request, {
      error: 'access_denied',
      error_description: 'The customer did not allow it',
    })
  })
}

/** Throws CUSTOMERS_ONLY for staff and for users who are nobody's customers. */
export function mustBeCustomer(user: UserRow): void {
  if (user.customer_id === null || isStaff(user.roles)) throw new Problem(problems.CUSTOMERS_ONLY)
}

/** Asks a challenge that was just opened by its strongest factor, and keeps that. */
export async function askFirst(
  acting: WriteContext<Own>,
  visit: Visit,
  opened: Pick<OpenChallenge, 'challenge_id' | 'factors'>,
  purpose: ChallengePurpose,
): Promise<void> {
  const { challenge_id, factors } = opened
  const asked = await firstOffer(acting, { challenge_id, purpose, factors })
  await keepVisit(acting, { ...visit, challenge_id, offer: { asked, factors: [...factors] } })
}

/** Telephones that were asked often enough are not asked again: then the next factor is the first. */
async function firstOffer(
  acting: WriteContext<Own>,
  { challenge_id, purpose, factors }: Pick<OpenChallenge, 'challenge_id' | 'factors'> & { purpose: ChallengePurpose },
): Promise<Offer> {
  const [factor, ...others] = factors
  if (factor === undefined) throw new Problem(problems.FACTOR_MISSING)
  try {
    return await offerFactor(acting, { challenge_id, purpose, factor })
  } catch (error) {
    const isAskedEnough = error instanceof Problem && error.kind.code === problems.TOO_MANY_APPROVALS.code
    if (!isAskedEnough || others.length === 0) throw error
    return firstOffer(acting, { challenge_id, purpose, factors: others })
  }
}

/** Asks by another factor, one of those that the page showed. */
export async function askAnother(
  acting: WriteContext<Own>,
  visit: Visit,
  fields: URLSearchParams,
  purpose: ChallengePurpose,
): Promise<void> {
  const { challenge_id, offer } = visit
  const factor = offer?.factors.find((word) => word === fields.get('factor'))
  if (challenge_id === null || offer === null) throw new Problem(problems.CHALLENGE_GONE)
  if (factor === undefined) throw new Problem(problems.FACTOR_NOT_OFFERED)
  const asked = await offerFactor(acting, { challenge_id, purpose, factor })
  await keepVisit(acting, { ...visit, offer: { ...offer, asked } })
}

/** Forgets what was begun: the challenge is worth nothing any more. */
export async function beginAnew(acting: WriteContext<Own>, visit: Visit): Promise<void> {
  await forgetChallenge(acting, visit)
}

/** What was answered: a code as people type it, what a passkey signed, or that the telephone was asked. */
export function answerOf(fields: URLSearchParams): FactorAnswer {
  const passkey = fields.get('passkey')
  if (passkey !== null) return { passkey: signedBy(passkey) }
  if (fields.get('push') !== null) return { push: true }
  const code = fieldIn(fields, 'code', 20).toLowerCase().replaceAll(/\s/g, '')
  if (!/^([0-9]{6}|[0-9]{8}|[a-z0-9]{5}-[a-z0-9]{5})$/.test(code)) throw new Problem(problems.CODE_WRONG)
  return { code }
}

function signedBy(text: string): NonNullable<FactorAnswer['passkey']> {
  try {
    const signed: unknown = JSON.parse(text)
    if (typeof signed === 'object' && signed !== null && !Array.isArray(signed))
      return signed as NonNullable<FactorAnswer['passkey']>
  } catch {
    // Whatever it is, no authenticator signed it.
  }
  throw new Problem(problems.CODE_WRONG)
}
