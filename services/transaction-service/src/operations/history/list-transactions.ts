import * as api from '#contracts/api/transaction.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import type { ReadContext } from '#libs/http/implement.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { resolvePayee } from '../../account-directory.ts'
import { implementRead, type Own } from '../../config.ts'
import { decideWideScope, type Scope } from '../../domain/search.ts'
import { wordsOf } from '../../domain/words.ts'
import { problems } from '../../problems.ts'
import { seenBy } from '../../seen-by.ts'
import { accountsOf, accountsSeenBy, mayView } from '../../store/owners.ts'
import { pageOfTransactions } from '../../store/pages.ts'

type Query = InputOf<typeof api.listTransactions>['query']

/** Searches the signed-in customer's accounts, newest first; staff search any, as long as they say where. What is somebody else's is not there. */
export const listTransactions = implementRead(api.listTransactions, {
  toleratesLag: true,
  async read({ query }, context) {
    const { sql, caller } = context
    const { account_id, customer_id, counterparty, q, ...wish } = query
    const view = seenBy(caller)
    const [scope, own_account_ids] = view.isWhole
      ? [await scopeOfStaff(query, context), null]
      : await scopeOfCustomer(query, context)
    const counter_account_id = await accountNamed(counterparty, context)
    if (counter_account_id === null) return { items: [], next_cursor: null }
    const words = q === undefined || scope.kind === 'reference' ? undefined : wordsOf(q)
    return pageOfTransactions(sql, { ...wish, scope, own_account_ids, words, counter_account_id }, view)
  },
})

async function scopeOfStaff(query: Query, { sql }: ReadContext<Own>): Promise<Scope> {
  const { account_id, customer_id } = query
  if (customer_id === undefined && account_id === undefined) return decideWideScope(query)
  const own = customer_id === undefined ? undefined : await accountsOf(sql, customer_id)
  return { kind: 'accounts', account_ids: narrowed(own, account_id) }
}

/** All that a customer may look at, or the account that he names: one that he may not look at is not there. */
async function scopeOfCustomer(
  { account_id, customer_id }: Query,
  context: ReadContext<Own>,
): Promise<[Scope, readonly string[]]> {
  const { sql, caller } = context
  if (customer_id !== undefined && customer_id.toLowerCase() !== caller.customer_id)
    throw new Problem(problems.CUSTOMER_NOT_YOURS)
  if (account_id !== undefined && !(await mayView(account_id, caller, 'view', context)))
    throw new Problem(platformProblems.NOT_FOUND)
  const own = await accountsSeenBy(sql, caller)
  const account_ids = account_id === undefined ? own : [account_id]
  return [{ kind: 'accounts', account_ids }, [...own, ...account_ids]]
}

function narrowed(own: readonly string[] | undefined, account_id: string | undefined): readonly string[] {
  if (account_id === undefined) return own ?? []
  return own === undefined || own.includes(account_id.toLowerCase()) ? [account_id] : []
}

/** The account of an id or a number; null where nobody has it, undefined where none was named. */
async function accountNamed(
  counterparty: string | undefined,
  { call }: ReadContext<Own>,
): Promise<string | null | undefined> {
  if (counterparty === undefined || isId(counterparty.toLowerCase())) return counterparty
  return (await resolvePayee({ call }, counterparty))?.account_id ?? null
}
