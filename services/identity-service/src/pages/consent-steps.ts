import { randomToken } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import type { RawReply } from '#libs/http/raw-messages.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { finishInteraction } from '../oauth/interactions.ts'
import { problems } from '../problems.ts'
import { answerIn } from '../store/challenge-answers.ts'
import { answerChallenge, openChallenge } from '../store/challenges.ts'
import { recordConsent } from '../store/consents/records.ts'
import { openVisit, type Visit } from '../store/page-visits.ts'
import { lockUser, readUser } from '../store/users.ts'
import type { UserRow } from '../tables.ts'
import { accountsOf, payeeOf } from './asked-accounts.ts'
import { askedIn, type ChoosableAccount, type Chosen, digestOf, endOf, withChoice } from './chosen.ts'
import { type ConsentView, canPay, consentPage } from './consent-page.ts'
import { again, answerOf, askAnother, askFirst, beginAnew, type Desk, deny, mustBeCustomer, show } from './desk.ts'
import { factorPage } from './factor-page.ts'
import type { Page } from './layout.ts'
import type { Wrong } from './parts.ts'
import { confirmText, shownText, shownView } from './shown.ts'

/** The page of somebody who is known: what is asked of him, or the factor by which he confirms what he chose. */
export async function consentView(desk: Desk, visit: Visit, wrong: Wrong | null = null): Promise<Page> {
  const { at, context } = desk
  const { chosen, offer: kept } = visit
  if (visit.challenge_id === null || chosen === null || kept === null)
    return consentPage(at, await askedOf(desk, wrong, null))
  const { asked: offer, factors } = kept
  const shown = shownView(at.words, chosen, desk.interaction.client, context.clock.wall.now())
  return factorPage(at, { offer, factors, shown, confirm: confirmText(at.words, chosen), wrong })
}

/** The same after a choice that could not be taken. */
export async function choiceView(desk: Desk, fields: URLSearchParams, wrong: Wrong): Promise<Page> {
  return consentPage(desk.at, await askedOf(desk, wrong, [...fields.getAll('account'), ...fields.getAll('source')]))
}

async function askedOf(desk: Desk, wrong: Wrong | null, typed: string[] | null): Promise<ConsentView> {
  const { context, interaction } = desk
  const user = await readUser(context.sql, interaction.user_id)
  if (user === undefined || !user.is_active) throw new Problem(problems.INTERACTION_GONE)
  mustBeCustomer(user)
  const { payment, accesses } = askedIn(interaction.details)
  const isNeeded = payment !== undefined || accesses.length > 0
  const accounts = isNeeded ? await accountsOf(context, user, payment) : []
  const payee = payment === undefined ? null : await payeeOf(context, payment)
  const ends_at = endOf({ payment, accesses }, context.clock.wall.now())
  const selected = typed ?? beforehand(accounts, payment)
  const { client, scopes } = interaction
  return { client, scopes, payment, payee, accesses, accounts, selected, ends_at, wrong }
}

/** Chosen beforehand: the only account there is to pay from, like the one that the third party named; never what is looked at. */
function beforehand(accounts: readonly ChoosableAccount[], payment: ConsentView['payment']): string[] {
  if (payment === undefined) return []
  const paying = accounts.filter((account) => canPay(account, payment))
  return paying.length === 1 ? paying.map(({ account_id }) => account_id) : []
}

/** One step of a consent. Throws the problems of a challenge. */
export async function consentStep(desk: Desk, fields: URLSearchParams): Promise<RawReply> {
  const { context, interaction, browser } = desk
  switch (fields.get('step')) {
    case 'choose':
      return choose(desk, fields)
    case 'answer':
      return context.act((acting) => confirm(desk, acting, fields))
    case 'offer':
      await context.act(async (acting) => {
        await askAnother(acting, await openVisit(acting, interaction, browser), fields, 'CONSENT')
      })
      return again(desk)
    case 'change':
      await context.act(async (acting) => beginAnew(acting, await openVisit(acting, interaction, browser)))
      return again(desk)
    case 'deny':
      return deny(desk)
    default:
      return again(desk)
  }
}

/** What is wrong with a choice: a message, and the field that it is about. */
class ChoiceWrong extends Error {
  readonly wrong: Wrong
  constructor(wrong: Wrong) {
    super(wrong.message)
    this.wrong = wrong
  }
}

/** Takes the choice and asks for a factor that confirms exactly it. Another choice is another challenge; the one before is worth nothing. */
async function choose(desk: Desk, fields: URLSearchParams): Promise<RawReply> {
  const { context, interaction, browser, at } = desk
  const view = await askedOf(desk, null, null)
  const chosen = chosenBy(desk, view, fields)
  if (chosen instanceof ChoiceWrong) return show(desk, await choiceView(desk, fields, chosen.wrong))
  return context.act(async (acting) => {
    const visit = await openVisit(acting, interaction, browser)
    await beginAnew(acting, visit)
    const user = await customerOf(acting, interaction.user_id)
    const text = shownText(at.words, chosen, interaction.client, acting.clock.wall.now())
    const opened = await openChallenge(acting, {
      ...{ user, purpose: 'CONSENT', device_id: browser.device_id, amr: interaction.amr },
      ...{ digest: digestOf(chosen), shown: { text } },
    })
    await askFirst(acting, { ...visit, chosen }, opened, 'CONSENT')
    return again(desk)
  })
}

/** The choice of a form, out of what this customer has; anybody else's account is none that can be chosen. */
function chosenBy({ at, interaction }: Desk, view: ConsentView, fields: URLSearchParams): Chosen | ChoiceWrong {
  const { words } = at
  const { payment, payee, accesses, accounts, ends_at } = view
  if (ends_at === null) return new ChoiceWrong({ message: words.expired_request, field: null })
  if (payment !== undefined && payee === null) return new ChoiceWrong({ message: words.no_payee, field: null })
  const seen = new Set(accesses.length === 0 ? [] : fields.getAll('account'))
  const source = payment === undefined ? null : fields.get('source')
  const looked = accounts.filter(({ account_id }) => seen.has(account_id))
  const paying = payment && accounts.find((account) => account.account_id === source && canPay(account, payment))
  if (looked.length < seen.size || (source !== null && paying === undefined))
    return new ChoiceWrong({ message: words.not_yours, field: source === null ? 'accounts' : 'source' })
  if (payment !== undefined && paying === undefined)
    return new ChoiceWrong({ message: words.choose_account, field: 'source' })
  if (accesses.length > 0 && looked.length === 0)
    return new ChoiceWrong({ message: words.choose_account, field: 'accounts' })
  const account_ids = looked.map(({ account_id }) => account_id)
  const named = [...looked, ...(paying === undefined || seen.has(paying.account_id) ? [] : [paying])]
  return {
    client_id: interaction.client.client_id,
    user_id: interaction.user_id as string,
    scopes: [...interaction.scopes],
    details: withChoice(interaction.details, { account_ids, source_account_id: paying?.account_id ?? null }),
    nonce: randomToken(),
    seen: { payee, accounts: named.map((account) => ({ ...account, available_cents: null })) },
  }
}

/**
 * The factor confirms what was chosen: consent, session and grant are written in one transaction, once. The digest is made anew of what is
 * kept: what the challenge was not opened for it does not confirm.
 */
async function confirm(desk: Desk, acting: WriteContext<Own>, fields: URLSearchParams): Promise<RawReply> {
  const { interaction, request, browser } = desk
  const { challenge_id, chosen } = await openVisit(acting, interaction, browser)
  if (challenge_id === null || chosen === null) throw new Problem(problems.CHALLENGE_GONE)
  const answer = answerIn(answerOf(fields))
  const { challenge, user, amr } = await answerChallenge(acting, { challenge_id, purpose: 'CONSENT', answer })
  const now = acting.clock.wall.now()
  const expires_at = endOf(askedIn(chosen.details), now)
  const isLinked = challenge.digest === digestOf(chosen) && chosen.client_id === interaction.client.client_id
  if (!isLinked || user.user_id !== chosen.user_id || chosen.user_id !== interaction.user_id || expires_at === null)
    throw new Problem(problems.CHALLENGE_GONE)
  mustBeCustomer(user)
  const { client_id, client_name, organisation_id: registration } = interaction.client
  const { user_id, scopes, details } = chosen
  const consent_id = acting.mintId()
  const { session_id } = await recordConsent(acting, {
    ...{ consent_id, user_id, scopes, details, amr, expires_at, authenticated_at: now },
    ...{ client: { client_id, client_name, registration }, issuer: request.origin },
  })
  acting.namedInTrail({ user_id, session_id, entity_id: consent_id })
  const auth_time = Math.floor(now.getTime() / 1000)
  const granted = { session_id, consent_id, scopes, details, expires_at, amr, acr: '3', auth_time } as const
  return finishInteraction(acting, request, { consent: granted })
}

async function customerOf({ tx }: WriteContext<Own>, user_id: string | null): Promise<UserRow> {
  const user = await lockUser(tx, user_id)
  if (user === undefined || !user.is_active) throw new Problem(problems.INTERACTION_GONE)
  mustBeCustomer(user)
  return user
}
