import type { InteractingClient } from '../oauth/authorization-server.ts'
import { amountText, dayText } from './amounts.ts'
import { askedIn, type Chosen, endOf } from './chosen.ts'
import { accountText, allowanceOf, paymentFacts } from './consent-page.ts'
import { type Html, html } from './html.ts'
import { plain } from './parts.ts'
import type { Words } from './words/words.ts'

/** What is about to be confirmed, as it stands beside the factor: the whole of it, so that nobody confirms from memory. */
export function shownView(words: Words, chosen: Chosen, client: InteractingClient, now: Date): Html {
  const { payment, accesses } = askedIn(chosen.details)
  const { payee, accounts } = chosen.seen
  const name = plain(client.client_name)
  const ends_at = endOf({ payment, accesses }, now)
  const { organisation_id: number } = client
  return html`<p class="soft">${name}. ${number === null ? words.unregistered : words.registered_as(plain(number))}.</p>
${payment === undefined ? null : paymentFacts(words, payment, payee, name)}
${
  accounts.length === 0
    ? null
    : html`<h2>${payment === undefined ? words.which_accounts : words.pay_from}</h2>
<ul>${accounts.map((account) => html`<li>${accountText(account)}</li>`)}</ul>`
}
${allowanceOf(words, { payment, accesses, scopes: chosen.scopes, ends_at })}`
}

/** On the button that confirms it. */
export function confirmText(words: Words, chosen: Chosen): string {
  const { payment, accesses } = askedIn(chosen.details)
  if (payment !== undefined) return words.pay(amountText(payment.amount_cents, payment.currency, words.language))
  return accesses.length > 0 ? words.allow_access : words.allow
}

/** The same in one sentence: it stands in the message of a code and on the telephone (PSD2 RTS art. 5: amount and payee). */
export function shownText(words: Words, chosen: Chosen, client: InteractingClient, now: Date): string {
  const { payment, accesses } = askedIn(chosen.details)
  const name = plain(client.client_name)
  if (payment !== undefined)
    return words.confirm_payment({
      amount: amountText(payment.amount_cents, payment.currency, words.language),
      payee: plain(payment.payee_name),
      number: payment.destination_account_number,
      client: name,
    })
  const day = dayText(endOf({ payment, accesses }, now) ?? now, words.language)
  const accounts = chosen.seen.accounts.map(({ account_number }) => account_number).join(', ')
  return accesses.length > 0 ? words.confirm_access({ client: name, accounts, day }) : words.confirm_identity(name)
}
