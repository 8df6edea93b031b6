import type { AccountAccess, PaymentInitiation } from '#contracts/grants.ts'
import type { InteractingClient } from '../oauth/authorization-server.ts'
import { amountText, dayText } from './amounts.ts'
import type { ChoosableAccount, KnownPayee } from './chosen.ts'
import { type Html, html, type Part } from './html.ts'
import type { Page } from './layout.ts'
import { type At, errorSummary, fact, form, plain, stepButton, type Wrong } from './parts.ts'
import type { Words } from './words/words.ts'

/** What the consent page knows. */
export interface ConsentView {
  client: InteractingClient
  scopes: readonly string[]
  payment: PaymentInitiation | undefined
  payee: KnownPayee | null
  accesses: readonly AccountAccess[]
  accounts: readonly ChoosableAccount[]
  selected: readonly string[]
  /** The last moment; null where what was asked for is over already. */
  ends_at: Date | null
  wrong: Wrong | null
}

/** Who wants what, for how long, of which accounts. Both answers look alike and the one that allows nothing comes first. */
export function consentPage(at: At, view: ConsentView): Page {
  const { words } = at
  const { client, payment, accesses, wrong } = view
  const name = plain(client.client_name)
  const title =
    payment !== undefined
      ? words.wants_payment(name)
      : accesses.length > 0
        ? words.wants_accounts(name)
        : words.wants(name)
  const obstacle = obstacleOf(words, view)
  const body = html`${errorSummary(at, wrong)}
<h1>${title}</h1>
<p class="soft">${client.organisation_id === null ? words.unregistered : words.registered_as(plain(client.organisation_id))}. ${words.claimed}</p>
${payment === undefined ? null : paymentFacts(words, payment, view.payee, name)}
${form(
  at,
  html`${obstacle === null ? choiceOf(words, view) : html`<p class="note">${obstacle}</p>`}
${allowanceOf(words, view)}
<div class="choices">${stepButton('deny', words.deny)}
${obstacle === null ? stepButton('choose', allowText(words, view)) : null}</div>`,
)}`
  return { status: wrong === null ? 200 : 422, title, body }
}

/** Why nothing can be allowed, or null. */
function obstacleOf(words: Words, { payment, payee, accesses, accounts, ends_at }: ConsentView): string | null {
  if (ends_at === null) return words.expired_request
  if (payment !== undefined && payee === null) return words.no_payee
  if (payment !== undefined && !accounts.some((account) => canPay(account, payment)))
    return words.no_currency(payment.currency)
  return accesses.length > 0 && accounts.length === 0 ? words.no_account : null
}

/** True for an account that this payment could be made from: the one that the third party named, or any in its currency. */
export function canPay({ account_id, may_pay, currency }: ChoosableAccount, payment: PaymentInitiation): boolean {
  return may_pay && currency === payment.currency && (payment.source_account_id ?? account_id) === account_id
}

function allowText(words: Words, { payment, accesses }: ConsentView): string {
  if (payment !== undefined) return words.pay(amountText(payment.amount_cents, payment.currency, words.language))
  return accesses.length > 0 ? words.allow_access : words.allow
}

/** Amount and payee: as the third party says, and as the bank knows the account (dynamic linking begins with what is shown). */
export function paymentFacts(words: Words, payment: PaymentInitiation, payee: KnownPayee | null, name: string): Html {
  const claimed = plain(payment.payee_name)
  const differs = payee !== null && !mayBeTheSame(claimed, payee.masked_name)
  return html`<p class="amount">${amountText(payment.amount_cents, payment.currency, words.language)}</p>
${differs ? html`<p class="note">${words.names_differ}</p>` : null}
<dl>
${fact(`${words.pay_to} (${words.says(name)})`, claimed)}
${fact(words.bank_knows, payee?.masked_name ?? null)}
${fact(words.account_number, payment.destination_account_number)}
${fact(words.reference, payment.reference === undefined ? null : plain(payment.reference))}
</dl>`
}

/** False where the initials that the bank shows are not among those of the name that is claimed. */
function mayBeTheSame(claimed: string, masked: string): boolean {
  const initials = (text: string): string[] =>
    text
      .toLocaleLowerCase()
      .split(/\s+/u)
      .flatMap((word) => [...word].slice(0, 1))
      .filter((sign) => sign !== '•')
  const said = new Set(initials(claimed))
  return initials(masked).every((initial) => said.has(initial))
}

/** The accounts to choose from: one to pay from, any number to be looked at. */
function choiceOf(words: Words, { payment, accesses, accounts, selected }: ConsentView): Part {
  const paying = payment === undefined ? [] : accounts.filter((account) => canPay(account, payment))
  return [
    payment === undefined
      ? null
      : html`<fieldset id="source"><legend>${words.pay_from}</legend>
${paying.map((account) => choice(words, account, { name: 'source', kind: 'radio', selected }))}</fieldset>`,
    accesses.length === 0
      ? null
      : html`<fieldset id="accounts"><legend>${words.which_accounts}</legend>
${accounts.map((account) => choice(words, account, { name: 'account', kind: 'checkbox', selected }))}</fieldset>`,
  ]
}

function choice(
  words: Words,
  account: ChoosableAccount,
  { name, kind, selected }: { name: string; kind: 'radio' | 'checkbox'; selected: readonly string[] },
): Html {
  const checked = selected.includes(account.account_id) ? html` checked` : null
  return html`<label class="choice"><input type="${kind}" name="${name}" value="${account.account_id}"${checked}>
<span>${accountText(account)}${balanceOf(words, account)}</span></label>`
}

/** An account as its owner knows it. */
export function accountText({ nickname, account_number }: ChoosableAccount): Html {
  return html`<span>${nickname === null ? account_number : html`${plain(nickname)} · ${account_number}`}</span>`
}

function balanceOf(words: Words, { available_cents, currency }: ChoosableAccount): Part {
  if (available_cents === null) return null
  return html`<span class="soft">${words.available(amountText(available_cents, currency, words.language))}</span>`
}

/** What exactly is allowed, and until when. */
export function allowanceOf(
  words: Words,
  { payment, accesses, scopes, ends_at }: Pick<ConsentView, 'payment' | 'accesses' | 'scopes' | 'ends_at'>,
): Html {
  const seen = [...new Set(accesses.flatMap(({ actions }) => actions))]
  const about = (['profile', 'openid'] as const).filter((scope) => scopes.includes(scope))
  const lasting = payment === undefined || accesses.length > 0
  return html`<h2>${words.what}</h2>
${payment === undefined ? null : html`<p>${words.one_payment}</p>`}
${
  seen.length + about.length === 0
    ? null
    : html`<p>${words.may_see}:</p><ul>
${seen.map((action) => html`<li>${words.actions[action]}</li>`)}${about.map((scope) => html`<li>${words.scopes[scope]}</li>`)}</ul>`
}
${lasting && ends_at !== null ? html`<p>${words.until(dayText(ends_at, words.language))} ${words.take_back}</p>` : null}`
}
