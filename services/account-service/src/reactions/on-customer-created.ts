import { accountCreationFailed } from '#contracts/events/account.ts'
import { customerCreated } from '#contracts/events/customer.ts'
import type { DataOf, EventMessage } from '#libs/contract/event.ts'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { publish, traceOf } from '#libs/outbox/publish.ts'
import type { AskContext, ReactContext } from '#libs/outbox/react.ts'
import { Problem } from '#libs/problem/problem.ts'
import { type Own, react } from '../config.ts'
import { planOpening } from '../domain/opening.ts'
import { byTheBank } from '../store/log.ts'
import { type NewAccount, openInLedger, recordOpening } from '../store/openings.ts'
import { askForCustomers, type KnownCustomer, lockStanding } from '../store/standing.ts'
import type { BranchRow, ProductRow } from '../tables.ts'

const FIRST_PRODUCT = 'everyday-checking'

type Created = EventMessage<DataOf<typeof customerCreated>>
/** What is to be recorded of a new customer: his standing, and his first account or why there is none. */
interface Planned {
  known: KnownCustomer
  opening: NewAccount | undefined
  refusal: string | undefined
}

/** A new customer: his first account is opened pending, blocked both ways until he is verified. */
export const onCustomerCreated = react(customerCreated, {
  /** The ledger account comes first, under an id that is the customer's for ever: a repeat opens the same one. */
  async ask(events, context) {
    const { own } = context
    const asked = await askForCustomers(
      events.map(({ data }) => data.customer_id),
      context,
    )
    const known = new Map(asked.map((one) => [one.customer_id, one]))
    const products = await own.database.app<ProductRow[]>`select * from products where product_id = ${FIRST_PRODUCT}`
    const [branch] = await own.database.app<BranchRow[]>`select * from branches where is_main_office`
    const planned: Planned[] = []
    for (const { data } of events) {
      const customer = known.get(data.customer_id) ?? unheardOf(data.customer_id)
      planned.push(await planFirst(data, customer, { products, branch_id: (branch as BranchRow).branch_id }, context))
    }
    return planned
  },

  async run(events, planned, context) {
    for (const [i, event] of events.entries()) await recordFirst(event, planned[i] as Planned, context)
  },
})

function unheardOf(customer_id: string): KnownCustomer {
  return { customer_id, kyc_status: 'PENDING', is_refused: false, resolved: undefined }
}

async function planFirst(
  { customer_id, home_currency }: Created['data'],
  known: KnownCustomer,
  offer: { products: readonly ProductRow[]; branch_id: string },
  context: AskContext<Own>,
): Promise<Planned> {
  if (home_currency === null || known.is_refused) return { known, opening: undefined, refusal: undefined }
  try {
    const wish = { product_id: FIRST_PRODUCT, currency: home_currency }
    const plan = planOpening(wish, { roles: [], customer_id }, offer.products)
    const account_id = await firstAccountOf(customer_id, context.own)
    const opening: NewAccount = { ...plan, account_id, branch_id: offer.branch_id, status: 'PENDING' }
    await openInLedger(opening, context)
    return { known, opening, refusal: undefined }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { known, opening: undefined, refusal: error.kind.code }
  }
}

async function firstAccountOf(customer_id: string, { database }: Own): Promise<string> {
  await database.app`
    insert into first_accounts (customer_id, account_id) values (${customer_id}, ${newId()}) on conflict do nothing`
  const [row] = await database.app<{ account_id: string }[]>`
    select account_id from first_accounts where customer_id = ${customer_id}`
  return (row as { account_id: string }).account_id
}

async function recordFirst(
  event: Created,
  { known, opening, refusal }: Planned,
  { tx, clock }: ReactContext<Own>,
): Promise<void> {
  const at = clock.wall.now()
  const { customer_id } = event.data
  const trace = traceOf(event)
  const { is_refused } = await lockStanding(tx, known, at)
  if (refusal !== undefined) await publish(tx, occurred(accountCreationFailed, { customer_id, reason: refusal }, trace))
  if (opening === undefined || is_refused) return
  const there = await tx`select 1 from accounts where account_id = ${opening.account_id}`
  if (there.length > 0) return
  await recordOpening(tx, opening, { by: byTheBank(at), opened_date: clock.bank.businessDate(), trace })
}
