import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '#libs/testing/service-test.ts'
import type { Api } from '../../testing/api.ts'

/** Somebody with money who pays. */
export interface Payer {
  email: string
  token: string
  account_id: string
}

export interface Customers {
  payers: readonly Payer[]
  /** Account numbers: of somebody whom all pay again and again, and of one who was never paid before. */
  payee: string
  stranger: string
}

/** What happened before both servers were destroyed. */
export interface Life {
  /** What is restored to: the second, and those of clocks that are behind and ahead of it. */
  moments: Record<'earlier' | 'second' | 'later', Date>
  /** Transfers that were confirmed, and when. */
  confirmed: { transaction_id: string; at: Date }[]
  /** Waited for a second person from the earliest of these moments on, who allowed one and rejected the other before the latest. */
  judgedLater: Record<'allowed' | 'rejected', string>
}

/** How far the clocks of two servers are apart, at least. */
const APART_MS = 3_000
const PAYERS = 4
const PAUSE_MS = 250
const CONFIRMED_BETWEEN = 10
/** A person looks at what comes on top of a hundred within an hour. */
const PAID_AT_MOST = 75
const CENTS = 100
/** A second person looks at it: more than somebody gets at once who was never paid before. */
const MANY_CENTS = 600_000

export async function newCustomers(api: Api): Promise<Customers> {
  const teller = await api.signIn('teller')
  const { account_number: payee } = await api.newCustomer()
  const { account_number: stranger } = await api.newCustomer()
  const payers: Payer[] = []
  for (let i = 0; i < PAYERS; i++) {
    const { email, token } = await api.newCustomer()
    const { account_id } = await api.openAccount(token)
    await api.deposit(teller, account_id, 2 * MANY_CENTS)
    payers.push({ email, token, account_id })
  }
  return { payers, payee, stranger }
}

/** Sends a transfer, of one unit of the currency unless told; its id when it is confirmed. */
export async function pay(
  api: Api,
  { account_id, token }: Payer,
  { to, amount_cents = CENTS }: { to: string; amount_cents?: number },
): Promise<string> {
  const parties = { source_account_id: account_id, destination_account_number: to }
  const wish = { ...parties, amount_cents, currency: 'EUR', description: 'several servers' }
  const { body } = await api.expect(202, api.pay(wish, { token }))
  return body.transaction_id as string
}

/** Transfers without a break; in the middle of them the second, with two that wait for a person until later. */
export async function liveThroughTheSecond(api: Api, { payers, payee, stranger }: Customers): Promise<Life> {
  const [first, second] = payers as [Payer, Payer]
  const judgedLater = { allowed: await payMuch(api, first, stranger), rejected: await payMuch(api, second, stranger) }
  const token = await api.signIn('officer')
  const confirmed: (Life['confirmed'][number] & { payer: Payer })[] = []
  const load = { isRunning: true }
  const paying = payers.map(async (payer) => {
    for (let i = 0; load.isRunning && i < PAID_AT_MOST; i++) {
      const transaction_id = await pay(api, payer, { to: payee })
      confirmed.push({ transaction_id, payer, at: new Date() })
      await sleep(PAUSE_MS)
    }
  })
  /** Some seconds, however busy the machine is: in them transfers begin and end. */
  const someSeconds = async (): Promise<void> => {
    const before = confirmed.length
    await sleep(APART_MS)
    const last = await eventually(() => confirmed.length > before + CONFIRMED_BETWEEN && confirmed.at(-1), 60_000)
    assert.equal((await api.ended(last?.payer.token ?? '', last?.transaction_id ?? '')).status, 'COMPLETED')
  }
  await someSeconds()
  const earlier = new Date()
  await someSeconds()
  const theSecond = new Date()
  await someSeconds()
  for (const [transaction_id, path] of [
    [judgedLater.allowed, 'approve'],
    [judgedLater.rejected, 'reject'],
  ])
    await api.expect(202, api.post(`/transactions/${transaction_id}/${path}`, { reason: 'looked at' }, { token }))
  assert.equal(await untilJudged(api, first, judgedLater.allowed), 'COMPLETED')
  assert.equal(await untilJudged(api, second, judgedLater.rejected), 'FAILED')
  const later = new Date()
  // The log of each server ends behind the last moment that it is restored to.
  await sleep(1_000)
  load.isRunning = false
  await Promise.all(paying)
  for (const payer of payers) await pay(api, payer, { to: payee })
  return { moments: { earlier, second: theSecond, later }, confirmed, judgedLater }
}

async function payMuch(api: Api, payer: Payer, to: string): Promise<string> {
  const transaction_id = await pay(api, payer, { to, amount_cents: MANY_CENTS })
  assert.equal((await api.ended(payer.token, transaction_id)).status, 'AWAITING_APPROVAL')
  return transaction_id
}

function untilJudged(api: Api, { token }: Payer, transaction_id: string): Promise<string> {
  return eventually(async () => {
    const { status } = await api.ended(token, transaction_id)
    return status === 'AWAITING_APPROVAL' ? false : status
  }, 60_000)
}
