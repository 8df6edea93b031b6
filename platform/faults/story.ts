import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '#libs/testing/service-test.ts'
import { Api, aKey } from '../testing/api.ts'

const PATIENCE_MS = 60_000
const PAUSE_MS = 500

/**
 * The first transfer, as strangers live through it: register, verify, be approved, open, deposit, transfer by number; both sides see it. Throws at the
 * first step that is not answered as it should.
 */
export async function firstTransfer(url: string): Promise<void> {
  const api = new Api(url)
  const [payer, payee, teller] = await Promise.all([api.newCustomer(), api.newCustomer(), api.signIn('teller')])
  const source = await api.openAccount(payer.token)
  const destination = await api.openAccount(payee.token)
  await api.deposit(teller, source.account_id, 100_000)
  const wish = {
    source_account_id: source.account_id,
    destination_account_number: destination.account_number,
    amount_cents: 25_000,
    currency: 'EUR',
    description: 'Rent for March',
  }
  const { body } = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer.token, key: aKey() }))
  const ended = await api.ended(payer.token, body.transaction_id, PATIENCE_MS)
  if (ended.status !== 'COMPLETED') throw new Error(`the transfer ended ${ended.status} ${ended.failure_code}`)
  const sides = [
    { token: payer.token, account: source.account_id, cents: 75_000 },
    { token: payee.token, account: destination.account_id, cents: 25_000 },
  ]
  for (const { token, account, cents } of sides)
    await eventually(async () => {
      const balance = await api.expect(200, api.balance(token, account))
      if (balance.body.ledger_balance_cents !== cents)
        throw new Error(`${account} holds ${balance.body.ledger_balance_cents}`)
      const history = await api.expect(200, api.get(`/accounts/${account}/transactions`, { token }))
      return history.body.items.some((one: { transaction_id: string }) => one.transaction_id === body.transaction_id)
    }, PATIENCE_MS)
}

/**
 * Tries the story again and again, each time with new people, until it passes once: whoever meets a fault on his way to the bank comes again later.
 * Gives up when it was told that the fault is over and the story, begun anew, still does not pass in time; throws what it failed with.
 */
export class PatientStory {
  readonly #urls: readonly string[]
  #endedMs = Number.POSITIVE_INFINITY
  #tries = 0

  constructor(urls: readonly string[]) {
    this.#urls = urls
  }

  /** The fault is over: from now on the story has so long to pass. */
  faultEnded(): void {
    this.#endedMs = performance.now()
  }

  /** How often it was tried until it passed. */
  async passed(withinMs: number): Promise<number> {
    for (;;) {
      const startedMs = performance.now()
      const url = this.#urls[this.#tries++ % this.#urls.length] as string
      try {
        await firstTransfer(url)
        return this.#tries
      } catch (error) {
        if (startedMs > this.#endedMs + withinMs) throw error
        await sleep(PAUSE_MS)
      }
    }
  }
}
