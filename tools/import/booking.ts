import { randomBytes } from 'node:crypto'
import { bookBatch } from '#contracts/api/transaction.ts'
import { encode } from '#libs/json/json.ts'
import { type BankApi, Refused } from './bank-api.ts'
import type { BankRow } from './row-reader.ts'
import { ImportStopped } from './stopped.ts'

/** A row on its way: where it goes, and its key for ever. */
export interface RowToBook {
  row: BankRow
  account_id: string
  external_reference: string
}

/** A row that the bank refused at once. */
export interface BankRefusal {
  row: BankRow
  code: string
  detail: string
}

export interface BookerOptions {
  batch_id: string
  /** Rows of one request, at most 5,000. */
  batch_rows: number
  /** Requests at the same time; one keeps the order of the file. */
  in_flight: number
  onRefused(refusal: BankRefusal): void
}

/** Rows and bytes of a request as bookBatch takes them, with room for the frame. */
export const MAX_BATCH_ROWS = 5_000
const MAX_BODY_BYTES = 4_000_000

/** Sends rows in batches, several at a time. The first failure ends it: `add` and `finish` throw it. */
export class Booker {
  accepted = 0
  already_known = 0
  refused = 0
  readonly #api: BankApi
  readonly #options: BookerOptions
  // New in each run, or a second import of a file would be answered with the first one's counts.
  readonly #run = randomBytes(9).toString('base64url')
  #rows: RowToBook[] = []
  #texts: string[] = []
  #bytes = 0
  #sent = 0
  readonly #underWay = new Set<Promise<void>>()
  #failure: { error: unknown } | undefined

  constructor(api: BankApi, options: BookerOptions) {
    this.#api = api
    this.#options = options
  }

  /** Takes a row; waits while enough requests are under way. */
  async add(item: RowToBook): Promise<void> {
    const text = textOf(item)
    const bytes = Buffer.byteLength(text) + 1
    if (this.#rows.length === this.#options.batch_rows || this.#bytes + bytes > MAX_BODY_BYTES) await this.#dispatch()
    this.#rows.push(item)
    this.#texts.push(text)
    this.#bytes += bytes
  }

  /** Sends what is left and waits for every answer. */
  async finish(): Promise<void> {
    if (this.#rows.length > 0) await this.#dispatch()
    await this.settle()
  }

  /** Waits for what is under way; rows that were not sent stay unsent. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #dispatch(): Promise<void> {
    while (this.#underWay.size >= this.#options.in_flight) await Promise.race(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure.error
    const rows = this.#rows
    const json = `{"batch_id":"${this.#options.batch_id}","rows":[${this.#texts.join(',')}]}`
    this.#rows = []
    this.#texts = []
    this.#bytes = 0
    const sending: Promise<void> = this.#send(rows, json)
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#underWay.delete(sending))
    this.#underWay.add(sending)
  }

  async #send(rows: readonly RowToBook[], json: string): Promise<void> {
    this.#sent += 1
    const key = `import-${this.#run}-${this.#sent}`
    const reply = await this.#api.call(bookBatch, {}, { key, json }).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error
      const lines = `${rows[0]?.row.line} to ${rows.at(-1)?.row.line}`
      throw new ImportStopped(`the bank refused the rows of lines ${lines}: ${error.message} (${error.code})`)
    })
    this.accepted += reply.accepted
    this.already_known += reply.already_known
    this.refused += reply.refused.length
    if (reply.refused.length === 0) return
    const byReference = new Map(rows.map(({ row, external_reference }) => [external_reference, row]))
    for (const { external_reference, code, detail } of reply.refused) {
      const row = byReference.get(external_reference)
      if (row !== undefined) this.#options.onRefused({ row, code, detail })
    }
  }
}

function textOf({ row, account_id, external_reference }: RowToBook): string {
  const { minor, currency, value_date, description, category } = row
  return encode({
    account_id,
    direction: minor > 0n ? 'CREDIT' : 'DEBIT',
    amount_cents: minor > 0n ? minor : -minor,
    currency,
    value_date,
    description,
    ...(category === undefined ? {} : { category }),
    external_reference,
  })
}
