import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { declareSettings } from '#libs/config/settings.ts'
import { occurred } from '#libs/contract/event.ts'
import { newId } from '#libs/ids/ids.ts'
import { Unreachable } from '#libs/problem/problem.ts'
import { defineService } from '#libs/service/service.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { sweetsMade, sweetsTaken } from '#libs/testing/jar-contracts.ts'
import { openJarService } from '#libs/testing/jars.ts'
import { eventually, openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import type { DeliveryHost } from '../delivery.ts'
import { publishAll } from '../publish.ts'
import { type Reaction, reactionsOf } from '../react.ts'

/** A kitchen that publishes, and nothing else. */
const kitchen = defineService<Record<string, never>>({
  name: 'kitchen-service',
  migrations: new URL('../../testing/jar-migrations/', import.meta.url),
  settings: declareSettings({}),
  operations: [],
  reactions: [],
  jobs: [],
  produces: [sweetsMade],
  problems: {},
  constraints: {},
  owners: {},
  partitioned: [],
  open: async () => ({}),
})

type Own = Record<string, never>
const react = reactionsOf<Own>()

/** One instance of the service that follows. */
export interface Follower {
  start(): void
  stop(): Promise<void>
  replay(dead_letter_id: string): Promise<void>
}

/** A way for events from one service to another. */
export interface Transport {
  /** An instance of jar-service following the kitchen. */
  follow(reactions: readonly Reaction<Own>[], host: DeliveryHost<Own>): Follower
  /** Makes it misbehave in the ways it has: hands out again, shares out anew. */
  disturb?(): void
}

/** A kitchen and jars, with a way between them. */
export interface Kitchen {
  kitchen: ServiceTest
  jars: ServiceTest
  transport: Transport
  /** Publishes made sweets, in one transaction: `n` of a jar tells their order. */
  make(made: readonly Made[]): Promise<void>
  host(warnings?: string[]): DeliveryHost<Own>
  /** What was done about them, in the order in which it was. */
  seen(): Promise<Made[]>
  parked(): Promise<{ dead_letter_id: string; n: number; attempts: number }[]>
}

export interface Made {
  jar_id: string
  n: number
}

/** Opens both services; the jars follow nobody by themselves. */
export async function openKitchen(
  t: TestContext,
  transportOf: (kitchen: ServiceTest, t: TestContext) => Promise<Transport>,
): Promise<Kitchen> {
  const made = await openServiceTest(t, kitchen)
  const jars = await openJarService(t, { reactions: [] })
  await jars.owner`create table seen (place bigint generated always as identity, jar_id uuid not null, n int not null)`
  await jars.owner`grant select, insert on seen to public`
  return {
    kitchen: made,
    jars,
    transport: await transportOf(made, t),
    make: async (list) => {
      const events = list.map(({ jar_id, n }) => occurred(sweetsMade, { jar_id, sweets: n }, newTrace()))
      await made.runtime.database.transact((tx) => publishAll(tx, events))
    },
    host: (warnings = []) => ({
      database: jars.runtime.database,
      askContext: { ...jars.client, clock: jars.clock, own: {} },
      reactContext: (tx) => ({ tx, clock: jars.clock, own: {}, mintId: newId }),
      warn: (message) => void warnings.push(message),
      alarm: (message) => void warnings.push(message),
      batchSize: 7,
    }),
    seen: async () => [...(await jars.sql<Made[]>`select jar_id, n from seen order by place`)],
    parked: async () => [
      ...(await jars.sql<{ dead_letter_id: string; n: number; attempts: number }[]>`
        select dead_letter_id, (event -> 'data' ->> 'sweets')::int as n, attempts
        from dead_letters where resolved_at is null order by dead_letter_id`),
    ],
  }
}

/** What the reaction does besides writing down what it saw. */
export interface Disturbance {
  ask?(made: readonly Made[]): void
  after?(made: readonly Made[]): void
}

/** A reaction to made sweets that writes down each of them. */
export function noting({ ask, after }: Disturbance = {}): Reaction<Own> {
  const madeOf = (events: readonly { data: { jar_id: string; sweets: number } }[]): Made[] =>
    events.map(({ data }) => ({ jar_id: data.jar_id, n: data.sweets }))
  return react(sweetsMade, {
    ask: async (events) => ask?.(madeOf(events)),
    async run(events, _asked, { tx }) {
      const made = madeOf(events)
      for (const { jar_id, n } of made) await tx`insert into seen (jar_id, n) values (${jar_id}, ${n})`
      after?.(made)
    },
  })
}

/** Sweets for some jars in turn; `n` counts for each jar from 1. */
export function aLotOf(count: number, jars: readonly string[], from = 0): Made[] {
  return Array.from({ length: count }, (_, i) => {
    const place = from + i
    return { jar_id: jars[place % jars.length] as string, n: Math.floor(place / jars.length) + 1 }
  })
}

/** Fails unless every one of the made sweets was seen once, those of each jar in their order. */
export function assertOnceInOrder(seen: readonly Made[], made: readonly Made[]): void {
  const byJar = (list: readonly Made[]): Map<string, number[]> =>
    new Map([...Map.groupBy(list, (one) => one.jar_id)].map(([jar_id, of]) => [jar_id, of.map(({ n }) => n)]))
  const [had, wanted] = [byJar(seen), byJar(made)]
  for (const [jar_id, numbers] of wanted) assert.deepEqual(had.get(jar_id), numbers, `jar ${jar_id}`)
  assert.equal(seen.length, made.length)
}

const fiveJars = (): string[] => Array.from({ length: 5 }, () => newId())

/** One promise of the contract, kept or broken by a transport. */
type Promised = (open: Kitchen, patienceMs: number) => Promise<void>

async function settled(open: Kitchen, made: readonly Made[], patienceMs: number): Promise<void> {
  await eventually(async () => (await open.seen()).length >= made.length, patienceMs)
  assertOnceInOrder(await open.seen(), made)
}

const startingAgain: Promised = async (open, patienceMs) => {
  const jars = fiveJars()
  const made = aLotOf(200, jars)
  await open.make(made.slice(0, 120))
  for (const more of [made.slice(120, 160), made.slice(160)]) {
    const follower = open.transport.follow([noting()], open.host())
    follower.start()
    await eventually(async () => (await open.seen()).length > 20, patienceMs)
    await follower.stop()
    await open.make(more)
  }
  const last = open.transport.follow([noting()], open.host())
  last.start()
  await settled(open, made, patienceMs)
  await last.stop()
}

const severalInstances: Promised = async (open, patienceMs) => {
  const jars = fiveJars()
  const made = aLotOf(240, jars)
  const followers = [1, 2, 3].map(() => open.transport.follow([noting()], open.host()))
  for (const [i, follower] of followers.entries()) {
    follower.start()
    await open.make(made.slice(i * 80, i * 80 + 80))
    open.transport.disturb?.()
  }
  await eventually(async () => (await open.seen()).length > 60, patienceMs)
  await followers[1]?.stop()
  await settled(open, made, patienceMs)
  await Promise.all([followers[0]?.stop(), followers[2]?.stop()])
}

const breakingBeforeCommit: Promised = async (open, patienceMs) => {
  const made = aLotOf(60, fiveJars())
  let broken = 0
  const disturbance: Disturbance = {
    after: (batch) => {
      if (batch.some(({ n }) => n === 5) && broken++ < 2) throw new TypeError('broken')
    },
  }
  const follower = open.transport.follow([noting(disturbance)], open.host())
  follower.start()
  await open.make(made)
  await settled(open, made, patienceMs)
  assert.equal((await open.parked()).length, 0)
  await follower.stop()
}

const parking: Promised = async (open, patienceMs) => {
  const [good, bad] = [newId(), newId()]
  let isBroken = true
  const disturbance: Disturbance = {
    ask: (batch) => {
      if (isBroken && batch.some(({ jar_id }) => jar_id === bad)) throw new TypeError('poison')
    },
  }
  const follower = open.transport.follow([noting(disturbance)], open.host())
  follower.start()
  const made = aLotOf(6, [good, bad])
  await open.make(made)
  const letters = await eventually(async () => {
    const parked = await open.parked()
    return parked.length === 3 && parked
  }, patienceMs)
  assert.deepEqual(
    letters.map(({ n, attempts }) => [n, attempts]),
    [
      [1, 5],
      [2, 0],
      [3, 0],
    ],
  )
  await eventually(async () => (await open.seen()).length === 3, patienceMs)
  isBroken = false
  await Promise.all([1, 2].map(() => follower.replay(letters[2]?.dead_letter_id as string)))
  const later = aLotOf(4, [good, bad], 6)
  await open.make(later)
  await settled(open, [...made, ...later], patienceMs)
  await follower.stop()
}

const nothingAnswers: Promised = async (open, patienceMs) => {
  let asked = 0
  let isAway = true
  const disturbance: Disturbance = {
    ask: () => {
      asked += 1
      if (isAway) throw new Unreachable('the jars cannot be reached')
    },
  }
  const follower = open.transport.follow([noting(disturbance)], open.host())
  follower.start()
  const made = aLotOf(20, fiveJars())
  await open.make(made)
  await eventually(() => asked >= 3, patienceMs)
  assert.equal((await open.parked()).length, 0)
  isAway = false
  await settled(open, made, patienceMs)
  await follower.stop()
}

const otherTypes: Promised = async (open, patienceMs) => {
  const seen: number[] = []
  const other = react(sweetsTaken, { run: async (events) => void seen.push(events.length) })
  const follower = open.transport.follow([{ ...noting(), event: sweetsMade }, other], open.host())
  follower.start()
  const made = aLotOf(20, fiveJars())
  await open.make(made)
  await settled(open, made, patienceMs)
  assert.deepEqual(seen, [])
  await follower.stop()
}

const contract: Record<string, Promised> = {
  'have their effects once, those of each key in order, also when the service starts again in the middle':
    startingAgain,
  'have their effects once when several instances follow, and members come and go': severalInstances,
  'have their effects once when the reaction breaks before the commit': breakingBeforeCommit,
  'that keep failing are parked with the later ones of their key while other keys go on; a replay keeps their order':
    parking,
  'wait, and are not parked, while nothing answers': nothingAnswers,
  'of types that nobody reacts to are passed over': otherTypes,
}

/** What every way of transport has to do: the one contract of the embedded delivery and of Kafka. */
export function transportContract(
  name: string,
  transportOf: (kitchen: ServiceTest, t: TestContext) => Promise<Transport>,
  { patienceMs = 20_000 }: { patienceMs?: number } = {},
): void {
  describe(`events by ${name}`, () => {
    for (const [promise, keep] of Object.entries(contract))
      test(promise, async (t) => keep(await openKitchen(t, transportOf), patienceMs))
  })
}
