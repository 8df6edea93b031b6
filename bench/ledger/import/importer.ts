import { fork } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { postInBulk } from '#contracts/api/ledger-transactions.ts'
import { broughtRows, customersOf, dayRows, type ImportSize, type Row, rowsOfDays, type Side } from './rows.ts'

/** What the importer is told to do: to bring along what customers have, to import the rows of a day, or to send its first bulk once more. */
export interface Task {
  kind: 'bring' | 'import' | 'repeat'
  day: number
  /** Under which the rows are booked. */
  business_date: string
  port: number
  authorization: string
}

/** What was moved on a line of the chart, by value date. */
export interface Movement {
  currency: string
  gl_code: string
  value_date: string
  debits: number
  credits: number
  entries: number
}

/** What came of a task. Each row was answered as it had to be; where one was not there is an error instead. */
export interface Done {
  sent: number
  booked: number
  /** They had been booked before. */
  replayed: number
  /** By code. */
  refused: Record<string, number>
  /** Calls that were told to come later. */
  later: number
  /** What each call that was answered took. */
  ms: number[]
  /** What should have moved. */
  moved: Movement[]
  /** What each customer should have by now. */
  balances: [ledger_account_id: string, cents: number][]
}

interface Item {
  transaction_id: string | null
  status: string
  problem?: { code: string }
}

const PATH = `/api/v1${postInBulk.path}?mode=each`
const LINES_AT_ONCE = 200
const ATTEMPTS_AT_MOST = 50
/** Whoever was told to come later does so within this much more than the time he was told. */
const LATER_SPREAD = 0.5

/** What of the rows that were sent should stand in the books. */
class Model {
  readonly #moved = new Map<string, Movement>()
  readonly #balances = new Map<string, number>()
  /** What is left of what a customer brought along, were he never paid. */
  readonly #left = new Map<string, number>()

  /** Takes over a row that must be booked. */
  book({ legs, value_date }: Row): void {
    for (const { debit, credit, currency, amount_cents } of legs) {
      const [debited, credited] = [this.#line(debit, currency, value_date), this.#line(credit, currency, value_date)]
      debited.debits += amount_cents
      debited.entries += 1
      credited.credits += amount_cents
      credited.entries += 1
      this.#pay(credit, amount_cents)
      this.#pay(debit, -amount_cents)
    }
  }

  /** What was moved since the last time. */
  takeMoved(): Movement[] {
    const moved = [...this.#moved.values()]
    this.#moved.clear()
    return moved
  }

  balances(): [string, number][] {
    return [...this.#balances]
  }

  #line({ gl_code }: Side, currency: string, value_date: string): Movement {
    const key = `${currency} ${gl_code} ${value_date}`
    const known = this.#moved.get(key) ?? { currency, gl_code, value_date, debits: 0, credits: 0, entries: 0 }
    this.#moved.set(key, known)
    return known
  }

  #pay({ named, gl_code }: Side, cents: number): void {
    if (gl_code !== 'CUSTOMER_DEPOSITS') return
    const before = this.#balances.get(named)
    this.#balances.set(named, (before ?? 0) + cents)
    const left = before === undefined ? cents : (this.#left.get(named) ?? 0) + Math.min(cents, 0)
    if (left < 0) throw new Error(`${named} pays more than was brought along, so that the order of rows would decide`)
    this.#left.set(named, left)
  }
}

/** Carries out tasks one after the other. */
function importerOf(size: ImportSize): (task: Task) => Promise<Done> {
  const model = new Model()
  const customers = customersOf(size)
  return async (task) => {
    const { kind, day, business_date: date } = task
    const rows = kind === 'bring' ? broughtRows(size, customers, date) : dayRows(size, customers, { day, date })
    const count = kind === 'bring' ? customers.length : (rowsOfDays(size)[day] ?? 0)
    const done: Done = { sent: 0, booked: 0, replayed: 0, refused: {}, later: 0, ms: [], moved: [], balances: [] }
    const caller = async (): Promise<void> => {
      for (;;) {
        const bulk = [...nextOf(rows, bulkRows(size, count))]
        if (bulk.length === 0) return
        if (kind !== 'repeat') for (const row of bulk) if (row.refusal === undefined) model.book(row)
        await sendAll(bulk, task, done)
        if (kind === 'repeat') return
      }
    }
    await Promise.all(Array.from({ length: kind === 'repeat' ? 1 : size.callers }, caller))
    return { ...done, moved: model.takeMoved(), balances: model.balances() }
  }
}

/** As many rows a call as there may be, but so that all callers are done at about the same time. */
function bulkRows({ bulk_rows, callers }: ImportSize, count: number): number {
  const calls = Math.ceil(count / bulk_rows / callers) * callers
  return Math.max(1, Math.ceil(count / calls))
}

/** The next rows; a generator's own `take` would end it. */
function* nextOf(rows: Generator<Row>, count: number): Generator<Row> {
  for (let i = 0; i < count; i++) {
    const { value, done } = rows.next()
    if (done === true) return
    yield value
  }
}

/** Sends rows until there is a verdict on each: who is told to come later does, and what is unknown is sent again. */
async function sendAll(rows: readonly Row[], task: Task, done: Done): Promise<void> {
  let left = rows
  let wasSent = task.kind === 'repeat'
  done.sent += rows.length
  for (let attempt = 0; left.length > 0; attempt++) {
    if (attempt === ATTEMPTS_AT_MOST) throw new Error(`${left.length} rows have no verdict after ${attempt} attempts`)
    const startedMs = performance.now()
    const answer = await send(left, task)
    if ('later_s' in answer) {
      done.later += 1
      await sleep(answer.later_s * 1000 * (1 + Math.random() * LATER_SPREAD))
      continue
    }
    done.ms.push(performance.now() - startedMs)
    const { items } = answer
    if (items.length !== left.length && !hasFailed(items, left.length))
      throw new Error(`${left.length} rows were answered with ${items.length} lines`)
    left = left.filter((row, i) => !takeVerdict(row, items[i], wasSent, done))
    wasSent = true
  }
}

/** Whether the last line says that the call failed, after the answers to some of the rows, or to all: what became of the others is unknown. */
function hasFailed(items: readonly Item[], rows: number): boolean {
  const last = items.at(-1)
  return last?.status === 'UNKNOWN' && last.transaction_id === null && items.length <= rows + 1
}

/** Counts the verdict on a row; false where there is none yet, and an Error where it is not the one that it must be. */
function takeVerdict(row: Row, item: Item | undefined, wasSent: boolean, done: Done): boolean {
  if (item === undefined || item.status === 'UNKNOWN') return false
  const { refusal, line, transaction_id } = row
  const { status, problem } = item
  const isRight =
    refusal === undefined
      ? status === 'BOOKED' || (status === 'REPLAYED' && wasSent)
      : status === 'REFUSED' && problem?.code === refusal
  // What cannot be read has no id.
  const isIts = item.transaction_id === (refusal === 'VALIDATION_FAILED' ? null : transaction_id)
  if (!isRight || !isIts)
    throw new Error(`must be ${refusal ?? 'booked'}: ${line}, but was answered ${JSON.stringify(item)}`)
  if (status === 'BOOKED') done.booked += 1
  else if (status === 'REPLAYED') done.replayed += 1
  else done.refused[refusal as string] = (done.refused[refusal as string] ?? 0) + 1
  return true
}

/** One call: lines go out while answers come in. */
function send(rows: readonly Row[], { port, authorization }: Task): Promise<{ later_s: number } | { items: Item[] }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ later_s: number } | { items: Item[] }>()
  const headers = { authorization, 'content-type': 'application/x-ndjson' }
  // A connection of its own: one that is kept may be closed while a day is.
  const call = request({ host: '127.0.0.1', port, method: 'POST', path: PATH, headers, agent: false })
  call.once('error', reject)
  call.once('response', async (response) => {
    try {
      const { statusCode } = response
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      if (statusCode === 200)
        resolve({
          items: text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as Item),
        })
      else if (statusCode === 503) resolve({ later_s: Number(response.headers['retry-after'] ?? Number.NaN) })
      else throw new Error(`a bulk was answered with ${statusCode}: ${text.slice(0, 1_000)}`)
    } catch (error) {
      reject(error)
    }
  })
  Readable.from(chunksOf(rows), { objectMode: false }).pipe(call)
  return promise
}

function* chunksOf(rows: readonly Row[]): Generator<string> {
  for (let i = 0; i < rows.length; i += LINES_AT_ONCE)
    yield rows
      .slice(i, i + LINES_AT_ONCE)
      .map(({ line }) => `${line}\n`)
      .join('')
}

/** Imports in a process of its own, so that its work is not counted as the bank's. */
export interface Importer {
  carryOut(task: Task): Promise<Done>
  stop(): Promise<void>
}

/** Starts this file as a program. */
export function startImporter(size: ImportSize): Importer {
  const child = fork(import.meta.filename, [JSON.stringify(size)], { execArgv: [] })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the importer ended with ${code}`)
  })
  ended.catch(() => {})
  return {
    carryOut: async (task) => {
      child.send(task)
      const [done] = (await Promise.race([once(child, 'message'), ended])) as [Done | { error: string }]
      if ('error' in done) throw new Error(done.error)
      return done
    },
    stop: async () => {
      child.kill()
      await ended.catch(() => {})
    },
  }
}

if (import.meta.main) {
  const carryOut = importerOf(JSON.parse(process.argv[2] as string) as ImportSize)
  process.on('message', async (task: Task) => {
    const done = await carryOut(task).catch(({ stack }: Error) => ({ error: String(stack) }))
    process.send?.(done)
  })
}
