import { isCurrency } from '#libs/money/currencies.ts'
import { Problem, type ProblemKind } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'

/** What account-service says of an account, as far as a decision about money needs it. */
export interface AccountFacts {
  readonly account_id: string
  readonly account_number: string
  readonly currency: string
  readonly status: string
  readonly branch_id: string
  readonly owners: readonly {
    readonly customer_id: string
    /** Who acts for the holders and is none. */
    readonly is_delegate?: true
    /** Of a delegate, where an owner has set some. */
    readonly limits?: { readonly max_amount_cents: bigint; readonly max_day_cents: bigint }
  }[]
}

/** The facts of one batch's accounts, by id and by number. */
export interface KnownAccounts {
  byId(account_id: string): AccountFacts | undefined
  byNumber(account_number: string): AccountFacts | undefined
}

/** What a transfer asks for. */
export interface TransferWish {
  readonly source_account_id: string
  readonly destination_account_id?: string | undefined
  readonly destination_account_number?: string | undefined
  readonly currency: string
}

/** A refusal that says which field of the body it is about. */
export function refusal(kind: ProblemKind, pointer: string): Problem {
  return new Problem(kind, { errors: [{ pointer, detail: kind.title }] })
}

/** The two accounts of a transfer, or why it may not begin. Frozen means that nothing leaves; a frozen account may be paid to. */
export function decideTransfer(
  wish: TransferWish,
  known: KnownAccounts,
): Problem | { source: AccountFacts; destination: AccountFacts } {
  const { destination_account_id, destination_account_number } = wish
  const toId = destination_account_id !== undefined
  const pointer = toId ? '/destination_account_id' : '/destination_account_number'
  if (toId === (destination_account_number !== undefined))
    return refusal(problems.DESTINATION_REQUIRED, '/destination_account_id')
  const destination = toId ? known.byId(destination_account_id) : known.byNumber(destination_account_number ?? '')
  const source = decideAccount(known.byId(wish.source_account_id), {
    pointer: '/source_account_id',
    currency: wish.currency,
    leaves: true,
  })
  if (source instanceof Problem) return source
  if (destination === undefined) return refusal(problems.DESTINATION_NOT_FOUND, pointer)
  if (destination.account_id === source.account_id) return refusal(problems.SAME_ACCOUNT, pointer)
  const usable = decideAccount(destination, { pointer, currency: wish.currency, leaves: false })
  return usable instanceof Problem ? usable : { source, destination }
}

/** True when the customer may do anything with the account. */
export function isOwnedBy(account: Pick<AccountFacts, 'owners'> | undefined, customer_id: string | null): boolean {
  return account?.owners.some((owner) => owner.customer_id === customer_id) ?? false
}

/** `decideAccount` for what a member of staff does: never to an account that is their own as a customer. */
export function decideAccountOfOther(
  account: AccountFacts | undefined,
  movement: { pointer: string; currency: string; leaves: boolean },
  staff: { customer_id: string | null },
): Problem | AccountFacts {
  if (isOwnedBy(account, staff.customer_id)) return refusal(problems.OWN_ACCOUNT, movement.pointer)
  return decideAccount(account, movement)
}

/** The account of a movement in or out (`leaves`), or why it may not move. */
export function decideAccount(
  account: AccountFacts | undefined,
  movement: { pointer: string; currency: string; leaves: boolean },
): Problem | AccountFacts {
  const { pointer, currency, leaves } = movement
  if (!isCurrency(currency)) return refusal(problems.CURRENCY_UNKNOWN, '/currency')
  if (account === undefined) return refusal(problems.ACCOUNT_NOT_FOUND, pointer)
  if (account.status === 'CLOSED') return refusal(problems.ACCOUNT_CLOSED, pointer)
  if (account.status === 'PENDING') return refusal(problems.ACCOUNT_PENDING, pointer)
  if (leaves && account.status === 'FROZEN') return refusal(problems.ACCOUNT_FROZEN, pointer)
  if (account.currency !== currency) return refusal(problems.CURRENCY_MISMATCH, '/currency')
  return account
}
