import { setTimeout as sleep } from 'node:timers/promises'
import { aKey } from '../testing/api.ts'
import type { Attempt, Journal, Payment } from './journal.ts'
import { isConfirmation } from './journal.ts'
import type { Payer } from './payers.ts'

export interface LoadOptions {
  /** Stands before the key in the description of each transfer, so that the verdict finds what this load made and nothing else. */
  readonly name: string
  /** Where the bank answers; each attempt of a payment goes to the next one, as behind a load balancer. */
  readonly gateways: readonly string[]
  readonly payers: readonly Payer[]
  readonly per_second: number
}

/** How long an answer is waited for; after that nothing is known. */
const PATIENCE_MS = 10_000
const SHORTEST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 2_000
/** Payments under way at most; those that would come on top are not tried. */
const UNDER_WAY_AT_MOST = 600
const TICK_MS = 5
/** Every so many confirmed payments are sent once more under their key: the answer was lost on the way back. */
const REPEATED_EVERY = 10
const WRONG_AT_MOST = 50
const LARGEST_CENTS = 90

/** Transfers at a steady pace, whatever becomes of those before; each is sent under its key until it is confirmed. */
export class Load {
  readonly #options: LoadOptions
  readonly #payments: Payment[] = []
  readonly #wrong: string[] = []
  readonly #underWay = new Set<Promise<void>>()
  #perSecond: number
  #untried = 0
  #isRunning = false
  #isGivenUp = false
  #pacing: Promise<void> = Promise.resolve()

  constructor(options: LoadOptions) {
    this.#options = options
    this.#perSecond = options.per_second
  }

  get journal(): Journal {
    return { payments: this.#payments, untried: this.#untried, wrong: this.#wrong }
  }

  start(): void {
    this.#isRunning = true
    this.#pacing = this.#pace()
  }

  /** Goes on at another pace. */
  pace(per_second: number): void {
    this.#perSecond = per_second
  }

  /** Begins no more, and waits until each payment that was begun is confirmed, at most so long; the rest stays unconfirmed in the journal. */
  async stop(timeoutMs: number): Promise<Journal> {
    this.#isRunning = false
    await this.#pacing
    const giveUp = setTimeout(() => {
      this.#isGivenUp = true
    }, timeoutMs)
    await Promise.all(this.#underWay)
    clearTimeout(giveUp)
    return this.journal
  }

  /** Waits until a payment that was begun after this call is confirmed; its milliseconds since the call. Throws after the time given. */
  async nextConfirmation(timeoutMs: number): Promise<number> {
    const sinceMs = performance.now()
    let looked = this.#payments.length
    while (performance.now() < sinceMs + timeoutMs) {
      const news = this.#payments.slice(looked).some(({ confirmedMs }) => confirmedMs !== undefined)
      if (news) return performance.now() - sinceMs
      looked = Math.min(looked, this.#payments.length)
      await sleep(TICK_MS)
    }
    throw new Error(`no payment was confirmed within ${timeoutMs} ms`)
  }

  async #pace(): Promise<void> {
    let due = 0
    let lookedMs = performance.now()
    for (let planned = 0; this.#isRunning; ) {
      const nowMs = performance.now()
      due += ((nowMs - lookedMs) / 1_000) * this.#perSecond
      lookedMs = nowMs
      for (; planned < Math.floor(due); planned++) this.#begin(planned)
      await sleep(TICK_MS)
    }
  }

  #begin(index: number): void {
    if (this.#underWay.size >= UNDER_WAY_AT_MOST) {
      this.#untried += 1
      return
    }
    const { payers } = this.#options
    const from = payers[index % payers.length] as Payer
    const others = payers.filter((one) => one !== from && one.currency === from.currency)
    const to = others[Math.floor(index / payers.length) % others.length] as Payer
    const payment: Payment = {
      key: aKey(),
      source: from.account_id,
      destination: to.account_id,
      currency: from.currency,
      amount_cents: 1 + ((index * 37) % LARGEST_CENTS),
      begunMs: performance.now(),
      attempts: [],
    }
    this.#payments.push(payment)
    const paying: Promise<void> = this.#pay(payment, from, index).finally(() => this.#underWay.delete(paying))
    this.#underWay.add(paying)
  }

  async #pay(payment: Payment, from: Payer, index: number): Promise<void> {
    const wanted = index % REPEATED_EVERY === 0 ? 2 : 1
    let confirmed = 0
    for (let attempt = 0; confirmed < wanted && !this.#isGivenUp; attempt++) {
      const gateway = this.#options.gateways[(index + attempt) % this.#options.gateways.length] as string
      const { seen, transaction_id, retryAfterMs } = await send(payment, from, {
        gateway,
        description: `${this.#options.name} ${payment.key}`,
      })
      payment.attempts.push(seen)
      if (transaction_id !== undefined) {
        confirmed += 1
        this.#confirm(payment, transaction_id)
      } else {
        if (isWrong(seen)) {
          this.#blame(`${payment.key} was refused: ${seen.answer} ${seen.code}`)
          return
        }
        const pauseMs = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** attempt)
        await sleep(Math.max(pauseMs, retryAfterMs) * (0.75 + Math.random() / 2))
      }
    }
  }

  #confirm(payment: Payment, transaction_id: string): void {
    if (payment.transaction_id !== undefined && payment.transaction_id !== transaction_id)
      this.#blame(`${payment.key} made two transactions: ${payment.transaction_id} and ${transaction_id}`)
    payment.transaction_id ??= transaction_id
    payment.confirmedMs ??= performance.now()
  }

  #blame(line: string): void {
    if (this.#wrong.length < WRONG_AT_MOST) this.#wrong.push(line)
  }
}

/** Too many requests, or one that did not arrive in time: a connection that was kept idle is closed with that. */
const LATER: readonly number[] = [408, 429]

/** There is money for everything and everybody may do what he does: only "later" is a right refusal. */
function isWrong({ answer }: Attempt): boolean {
  return typeof answer === 'number' && answer < 500 && !LATER.includes(answer) && !isConfirmation(answer)
}

async function send(
  payment: Payment,
  from: Payer,
  { gateway, description }: { gateway: string; description: string },
): Promise<{ seen: Attempt; transaction_id?: string; retryAfterMs: number }> {
  const sentMs = performance.now()
  const seen = (answer: number | string, code?: string): Attempt => ({
    sentMs,
    tookMs: performance.now() - sentMs,
    gateway,
    answer,
    ...(code === undefined ? {} : { code }),
  })
  try {
    const response = await fetch(`${gateway}/api/v1/transactions/transfer`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${from.token}`,
        'idempotency-key': payment.key,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        source_account_id: payment.source,
        destination_account_id: payment.destination,
        amount_cents: payment.amount_cents,
        currency: payment.currency,
        description,
      }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    const body = (await response.json()) as { transaction_id?: string; code?: string }
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000
    if (isConfirmation(response.status) && body.transaction_id !== undefined)
      return { seen: seen(response.status), transaction_id: body.transaction_id, retryAfterMs }
    return { seen: seen(response.status, body.code ?? 'no code'), retryAfterMs }
  } catch (error) {
    return { seen: seen(wordsOf(error)), retryAfterMs: 0 }
  }
}

/** What the connection said: `ECONNREFUSED`, `TimeoutError`. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error | undefined)?.name ?? error.name
}
