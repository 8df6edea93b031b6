import type { Value } from './templates.ts'

/** What somebody is to be told, before it has words. */
export interface Notice {
  user_id: string
  template_id: string
  values: Readonly<Record<string, Value>>
  subject_type: 'user' | 'customer' | 'account' | 'transaction' | 'beneficiary' | 'message'
  subject_id: string | null
}

/** Who is behind the accounts and customers of a batch of events. */
export interface Audience {
  /** The users who may look at an account. */
  usersOf(account_id: string | null): readonly string[]
  /** The end of an account's number; dots for an account that is not a customer's. */
  last4(account_id: string | null): string
  /** The user who signs in for a customer. */
  userOf(customer_id: string): string | undefined
}

/** A notice to each user who may look at an account. */
export function noticesAbout(
  audience: Audience,
  account_id: string,
  template_id: string,
  values: Readonly<Record<string, Value>> = {},
): Notice[] {
  const known = { last4: audience.last4(account_id), ...values }
  return audience
    .usersOf(account_id)
    .map((user_id) => ({ user_id, template_id, values: known, subject_type: 'account', subject_id: account_id }))
}

/** A notice to the user behind a customer, if one signs in for him. */
export function noticeToCustomer(
  audience: Audience,
  customer_id: string,
  template_id: string,
  values: Readonly<Record<string, Value>> = {},
): Notice[] {
  const user_id = audience.userOf(customer_id)
  return user_id === undefined
    ? []
    : [{ user_id, template_id, values, subject_type: 'customer', subject_id: customer_id }]
}

/** A notice to a user about himself. */
export function noticeToUser(
  user_id: string,
  template_id: string,
  values: Readonly<Record<string, Value>> = {},
): Notice[] {
  return [{ user_id, template_id, values, subject_type: 'user', subject_id: user_id }]
}

/** What a booked transaction's parties are told. */
export interface Booked {
  transaction_id: string
  transaction_ref: string
  transaction_type: string
  account_id: string
  related_account_id: string | null
  amount_cents: bigint
  currency: string
}

/** Templates of movements that have one account. */
const ONE_SIDED: Readonly<Record<string, string>> = {
  DEPOSIT: 'transaction.deposited',
  WITHDRAWAL: 'transaction.withdrawn',
  INTEREST: 'transaction.interest',
}

/** One notice a user: who pays is told that he sent, who is paid that he received, and who does both that he moved. */
export function noticesOfBooked(booked: Booked, audience: Audience): Notice[] {
  const { transaction_id, transaction_ref: reference, transaction_type, account_id, related_account_id } = booked
  // The reversal itself is not told: `transaction.reversed` says it of what it undid.
  if (transaction_type === 'REVERSAL') return []
  const amount = { minor: booked.amount_cents, currency: booked.currency }
  const [last4, other_last4] = [audience.last4(account_id), audience.last4(related_account_id)]
  const about = { subject_type: 'transaction' as const, subject_id: transaction_id }
  const payers = audience.usersOf(account_id)
  if (related_account_id === null) {
    const template_id = ONE_SIDED[transaction_type] ?? 'transaction.booked'
    return payers.map((user_id) => ({ user_id, template_id, values: { amount, last4, reference }, ...about }))
  }
  const payees = audience.usersOf(related_account_id)
  const values = { amount, last4, other_last4, reference }
  const sent = payers.map((user_id) => {
    const template_id = payees.includes(user_id) ? 'transaction.moved' : 'transaction.sent'
    return { user_id, template_id, values, ...about }
  })
  const received = payees
    .filter((user_id) => !payers.includes(user_id))
    .map((user_id) => {
      const mirrored = { amount, last4: other_last4, other_last4: last4, reference }
      return { user_id, template_id: 'transaction.received', values: mirrored, ...about }
    })
  return [...sent, ...received]
}

/** What everybody on the accounts of a transaction is told of its end, once each. */
export function noticesOfEnded(
  { transaction_id, amount_cents, currency }: { transaction_id: string; amount_cents: bigint; currency: string },
  account_ids: readonly (string | null)[],
  template_id: string,
  audience: Audience,
): Notice[] {
  const notices = account_ids.flatMap((account_id) =>
    audience.usersOf(account_id).map((user_id): Notice => {
      const values = { amount: { minor: amount_cents, currency }, last4: audience.last4(account_id) }
      return { user_id, template_id, values, subject_type: 'transaction', subject_id: transaction_id }
    }),
  )
  return notices.filter((notice, i) => notices.findIndex(({ user_id }) => user_id === notice.user_id) === i)
}
