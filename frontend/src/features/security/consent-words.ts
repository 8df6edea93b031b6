import { formatDate } from '../../formats/dates.ts'
import { formatMoney } from '../../formats/money.ts'
import type { ListConsentsApiResponse } from '../../services/bank-api.ts'

export type Consent = ListConsentsApiResponse['items'][number]

export const STATUS_WORDS: Readonly<Record<Consent['status'], string>> = {
  AUTHORISED: 'Allowed',
  ACTIVE: 'In use',
  USED: 'Used: the payment was made',
  REVOKED: 'Taken back',
  EXPIRED: 'Its time was over',
}

/** What third parties may do to an account, in the words of the consent page's reader. */
const ACTIONS: Readonly<Record<string, string>> = {
  accounts: 'names and numbers',
  balances: 'balances',
  transactions: 'transactions',
}

/** True while the third party can do something with it. */
export function isStanding({ status }: Pick<Consent, 'status'>): boolean {
  return status === 'AUTHORISED' || status === 'ACTIVE'
}

/** What was allowed, a line each; accounts by their names where the customer still has them. */
export function whatOf({ account_access, payment }: Consent, names: ReadonlyMap<string, string>): string[] {
  const lines = account_access.map(({ actions, account_ids, expires_on }) => {
    const what = actions.map((action) => ACTIONS[action] ?? action.replaceAll('_', ' ')).join(', ')
    const where = account_ids.map((id) => names.get(id) ?? 'an account that is closed').join(', ')
    return `May see ${what} of ${where}${expires_on === null ? '' : ` until ${formatDate(expires_on)}`}`
  })
  if (payment === null) return lines
  const { amount_cents, currency, payee_name, destination_account_number, reference } = payment
  const amount = formatMoney(amount_cents, currency)
  const why = reference === null ? '' : `, “${reference}”`
  return [...lines, `One payment of ${amount} to ${payee_name}, ${destination_account_number}${why}`]
}
