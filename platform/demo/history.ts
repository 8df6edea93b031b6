import { setTimeout as sleep } from 'node:timers/promises'
import { getBusinessDate, moveSandboxClock } from '#contracts/api/ledger-days.ts'
import { isoDate } from '#libs/clock/clock.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { Bank } from '../bank.ts'
import { actorsOf } from './acting.ts'
import type { Day } from './acts.ts'
import { carryOut, type Stage } from './carry-out.ts'
import { castOf } from './cast.ts'
import { DEMO_SEED, demoPeople } from './people.ts'
import { chanceOf } from './random.ts'
import { daysOf } from './year.ts'

const DAY_MS = 86_400_000
/** More than a birthday can be ago. */
const DAYS_AT_MOST = 800
const LOOK_MS = 5
const AGAIN_MS = 1_000

/** The year of the demo bank, on its way to today. */
export interface History {
  /** How far it is: the day that it is about, and percent of the way. */
  progress(): { business_date: string; percent: number; isDone: boolean }
  /** Settled when it has reached today, or was stopped. */
  done: Promise<void>
  /** Ends after the day under way. */
  stop(): Promise<void>
}

export interface HistoryOptions {
  /** The day the bank was born, `YYYY-MM-DD`. */
  bornOn: string
  seed?: string
  say(line: string): void
}

/** Lets the demo bank live from where it stands to today, behind whatever else goes on. Killed and started again, it goes on. */
export function startHistory(bank: Bank, options: HistoryOptions): History {
  const at = { business_date: options.bornOn, isStopping: false, isDone: false }
  const done = live(bank, options, at)
  return {
    done,
    progress: () => ({ business_date: at.business_date, percent: percentOf(options.bornOn, at), isDone: at.isDone }),
    stop: async () => {
      at.isStopping = true
      await done
    },
  }
}

interface Whereabouts {
  business_date: string
  isStopping: boolean
  isDone: boolean
}

async function live(bank: Bank, { bornOn, seed = DEMO_SEED, say }: HistoryOptions, at: Whereabouts): Promise<void> {
  const { log } = bank.options
  const people = demoPeople(seed)
  // The ledger answers the date from memory, and learns within a second where its clock was put.
  while (!at.isStopping && (await bank.client.call(getBusinessDate, {})).offset_ms >= 0) await sleep(LOOK_MS)
  const actors = actorsOf(bank)
  const stage: Stage = {
    actors,
    cast: await castOf(actors, people),
    reach: (day, minute) => reach(bank, day, minute),
    refused: ({ key, kind }, refusal) =>
      log.warn({ act: key, kind, refusal }, 'an act of the demo history was refused'),
  }
  let told = 0
  for (const day of daysOf(people, seed, bornOn, DAYS_AT_MOST)) {
    at.business_date = (await bank.client.call(getBusinessDate, {})).business_date
    if (day.date < at.business_date) continue
    if (day.date >= isoDate(new Date())) break
    while (!at.isStopping && !(await livedThrough(bank, () => carryOut(stage, day)))) await sleep(AGAIN_MS)
    if (at.isStopping) return
    await closeDay(bank, day.date, at)
    const percent = percentOf(bornOn, at)
    if (percent >= told + 10) say(`history: ${day.date} (${percent} %)`)
    told = Math.max(told, percent - (percent % 10))
  }
  await actors.as(anonymous, moveSandboxClock, { body: { to: new Date().toISOString() } })
  at.isDone = true
  say('history: the demo bank has reached today')
}

/** Moves the clock within a day; a day that is done again may be there already. */
async function reach(bank: Bank, { date }: Day, minute: number): Promise<void> {
  const late = chanceOf(`${date} ${minute}`).between(0, 2_400_000)
  const to = new Date(Date.parse(`${date}T00:00:00Z`) + minute * 60_000 + late)
  if (bank.clock.bank.now() >= to) return
  await actorsOf(bank).as(anonymous, moveSandboxClock, { body: { to: to.toISOString() } })
}

/** Whether a day was lived through; what failed (the database was away) is done again. */
async function livedThrough(bank: Bank, work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    bank.options.log.warn({ error }, 'a day of the demo history is done again')
    return false
  }
}

/** Moves the clock over the next midnight and waits for the end of the day. */
async function closeDay(bank: Bank, date: string, at: Whereabouts): Promise<void> {
  const midnight = new Date(Date.parse(`${date}T00:00:00Z`) + DAY_MS)
  for (;;) {
    const moved = await livedThrough(bank, async () => {
      const { bank_time } = await bank.client.call(getBusinessDate, {})
      if (Date.parse(bank_time) < midnight.getTime())
        await actorsOf(bank).as(anonymous, moveSandboxClock, { body: { to: midnight.toISOString() } })
    })
    if (moved || at.isStopping) break
    await sleep(AGAIN_MS)
  }
  while (!at.isStopping) {
    const state = await bank.client.call(getBusinessDate, {}).catch(() => undefined)
    if (state !== undefined && state.business_date > date && state.moving_to === null) break
    await sleep(LOOK_MS)
  }
}

function percentOf(bornOn: string, { business_date }: Whereabouts): number {
  const from = Date.parse(bornOn)
  const whole = Math.max(1, Date.parse(isoDate(new Date())) - from)
  return Math.min(100, Math.max(0, Math.floor(((Date.parse(business_date) - from) * 100) / whole)))
}
