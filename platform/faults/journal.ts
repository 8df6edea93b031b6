/** One time that a payment was sent. Times are milliseconds of `performance.now()`. */
export interface Attempt {
  readonly sentMs: number
  readonly tookMs: number
  readonly gateway: string
  /** The HTTP status, or what the connection said when there was no answer: then nothing is known. */
  readonly answer: number | string
  /** The problem's code, where it was refused. */
  readonly code?: string
}

/** A transfer that a customer wants, and all that he saw of it. */
export interface Payment {
  readonly key: string
  readonly source: string
  readonly destination: string
  readonly currency: string
  readonly amount_cents: number
  readonly begunMs: number
  readonly attempts: Attempt[]
  /** What the bank confirmed, and when. */
  transaction_id?: string
  confirmedMs?: number
}

/** What customers saw of the bank during one load. */
export interface Journal {
  readonly payments: readonly Payment[]
  /** Payments that were due while as many as allowed were under way: nobody tried them. */
  readonly untried: number
  /** Answers that no fault excuses: a refusal of what is covered, another transaction under one key. */
  readonly wrong: readonly string[]
}

/** What the customers of a load felt. */
export interface Felt {
  /** Seconds of the longest time without a single confirmed write. */
  readonly pause_s: number
  /** Seconds that the one who waited longest had to wait until his payment was confirmed. */
  readonly longest_wait_s: number
  readonly requests: number
  /** Requests that had no answer, or one that was not a confirmation. */
  readonly failed: number
  readonly confirmed: number
  readonly unconfirmed: number
}

/** Sums a journal up from a moment on: requests that were sent, and payments that were begun or confirmed since. */
export function feltSince({ payments }: Pick<Journal, 'payments'>, sinceMs: number): Felt {
  const attempts = payments.flatMap((payment) => payment.attempts).filter((attempt) => attempt.sentMs >= sinceMs)
  const touched = payments.filter((payment) => (payment.confirmedMs ?? Number.POSITIVE_INFINITY) >= sinceMs)
  const confirmed = touched.filter((payment) => payment.confirmedMs !== undefined)
  const waits = confirmed.map(({ begunMs, confirmedMs }) => (confirmedMs as number) - Math.max(begunMs, sinceMs))
  return {
    pause_s: longestPauseS(attempts, sinceMs),
    longest_wait_s: maximum(waits) / 1_000,
    requests: attempts.length,
    failed: attempts.filter(({ answer }) => !isConfirmation(answer)).length,
    confirmed: confirmed.length,
    unconfirmed: touched.length - confirmed.length,
  }
}

/** Only what was sent since then counts: answers that were on their way say nothing of the bank as it is now. */
function longestPauseS(attempts: readonly Attempt[], sinceMs: number): number {
  const times = attempts
    .filter(({ answer }) => isConfirmation(answer))
    .map(({ sentMs, tookMs }) => sentMs + tookMs)
    .toSorted((a, b) => a - b)
  const lastMs = maximum(attempts.map(({ sentMs, tookMs }) => sentMs + tookMs))
  const pauses = [...times, lastMs].map((time, i) => time - (i === 0 ? sinceMs : (times[i - 1] as number)))
  return Math.max(0, maximum(pauses)) / 1_000
}

/** True of the answers that tell a customer that his transfer is under way. */
export function isConfirmation(answer: number | string): boolean {
  return answer === 202 || answer === 201 || answer === 200
}

function maximum(numbers: readonly number[]): number {
  return numbers.reduce((most, one) => Math.max(most, one), 0)
}
