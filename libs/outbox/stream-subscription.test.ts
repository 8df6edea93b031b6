import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { eventually as eventuallyWithin, type ServiceTest } from '#libs/testing/service-test.ts'
import { forgetHandled } from './inbox.ts'
import { Relay, relayLag } from './relay.ts'
import { StreamSubscription } from './stream-subscription.ts'
import { Subscription } from './subscription.ts'
import { MemoryBroker } from './testing/memory-broker.ts'
import {
  aLotOf,
  assertOnceInOrder,
  type Follower,
  type Kitchen,
  noting,
  openKitchen,
} from './testing/transport-contract.ts'

const TOPIC = 'kitchen-events'
const RETENTION_MS = 3_600_000
/** Machines that test are slow and busy. */
const eventually = <T>(check: () => T | Promise<T>): Promise<Exclude<T, false>> => eventuallyWithin(check, 30_000)

interface Streamed extends Kitchen {
  broker: MemoryBroker
  relay: Relay
  warnings: string[]
  /** Hands over everything that has a position; returns when nothing is left. */
  relayAll(relay?: Relay): Promise<void>
  byStream(): Follower
  byLog(): Follower
}

/** A kitchen and jars with a broker in memory between them, and a relay that only works when told to. */
async function openStreamed(t: TestContext): Promise<Streamed> {
  const broker = new MemoryBroker()
  const open = await openKitchen(t, async () => ({ follow: () => assert.fail('followed by hand') }))
  const { kitchen } = open
  const warnings: string[] = []
  const relay = relayOf(kitchen, broker)
  return {
    ...open,
    broker,
    relay,
    warnings,
    relayAll: async (one = relay) => {
      await eventually(async () => {
        const [row] = await kitchen.sql`select count(*)::int as count from outbox where position is null`
        return row?.count === 0
      })
      while (await one.step());
      await one.step()
    },
    byStream: () =>
      new StreamSubscription(broker.join('jar-service', 'kitchen-service', [TOPIC]), [noting()], open.host(warnings)),
    byLog: () => new Subscription(kitchen.runtime.events, [noting()], open.host(warnings)),
  }
}

function relayOf(kitchen: ServiceTest, { publisher }: Pick<MemoryBroker, 'publisher'>): Relay {
  return new Relay({
    producer: 'kitchen-service',
    database: kitchen.runtime.database,
    publisher,
    topicOf: () => TOPIC,
    retentionMs: RETENTION_MS,
    now: () => new Date(),
    epochBegan: () => {},
  })
}

async function whileFollowing(follower: Follower, work: () => Promise<unknown>): Promise<void> {
  follower.start()
  await work()
  await follower.stop()
}

const someJars = (): string[] => [newId(), newId(), newId()]

async function raiseEpoch(...services: ServiceTest[]): Promise<void> {
  for (const { owner } of services) await owner`update outbox_state set epoch = epoch + 1`
}

describe('a producer that was followed by its log', () => {
  test('is followed by a stream, and back, and each event has its effect once', async (t) => {
    const open = await openStreamed(t)
    const made = aLotOf(90, someJars())
    await open.make(made.slice(0, 30))
    await whileFollowing(open.byLog(), () => eventually(async () => (await open.seen()).length === 30))
    await open.make(made.slice(30, 60))
    await open.relayAll()
    assert.equal(open.broker.sent.length, 60)
    await whileFollowing(open.byStream(), () => eventually(async () => (await open.seen()).length === 60))
    await open.make(made.slice(60))
    await whileFollowing(open.byLog(), () => eventually(async () => (await open.seen()).length === 90))
    await open.relayAll()
    const last = open.broker.sent.length
    await whileFollowing(open.byStream(), () =>
      eventually(() => [...open.broker.groupOf('jar-service').committed.values()].reduce((a, b) => a + b, 0) === last),
    )
    assertOnceInOrder(await open.seen(), made)
  })

  test('and still is by another process: neither handles what the other does, and the stream stands still with an alarm', async (t) => {
    const open = await openStreamed(t)
    const made = aLotOf(30, someJars())
    const stream = open.byStream()
    const log = open.byLog()
    stream.start()
    await eventually(async () => (await open.jars.sql`select 1 from subscriptions where is_streamed`).length === 1)
    log.start()
    await eventually(async () => (await open.jars.sql`select 1 from subscriptions where not is_streamed`).length === 1)
    await open.make(made)
    await open.relayAll()
    await eventually(() => open.warnings.includes('events of a producer stand still'))
    await eventually(async () => (await open.seen()).length === 30)
    await Promise.all([log.stop(), stream.stop()])
    assertOnceInOrder(await open.seen(), made)
  })
})

describe('what was handled', () => {
  test('is forgotten when no stream can bring it again, and is not handled again even then', async (t) => {
    const open = await openStreamed(t)
    const made = aLotOf(40, someJars())
    await open.make(made.slice(0, 20))
    await open.relayAll()
    await whileFollowing(open.byStream(), () => eventually(async () => (await open.seen()).length === 20))
    const { database } = open.jars.runtime
    assert.equal(await forgetHandled(database, new Date(Date.now() - 60_000)), false)
    assert.equal((await open.jars.sql`select 1 from event_inbox`).length, 20)
    await forgetHandled(database, new Date(Date.now() + 60_000))
    assert.equal((await open.jars.sql`select 1 from event_inbox`).length, 0)
    open.broker.groupOf('jar-service').committed.clear()
    await open.make(made.slice(20))
    await open.relayAll()
    await whileFollowing(open.byStream(), () => eventually(async () => (await open.seen()).length === 40))
    assertOnceInOrder(await open.seen(), made)
  })
})

describe('a record that is no event', () => {
  test('is passed over', async (t) => {
    const open = await openStreamed(t)
    const made = aLotOf(6, someJars())
    await open.make(made)
    await open.relayAll()
    const [first] = open.broker.sent
    const value = first?.value as string
    const nonsense = [
      '',
      '{',
      'null',
      '[]',
      value.replace('kitchen-service', 'bank-service'),
      value.replace('"1.0"', '"2.0"'),
    ]
    open.broker.append(nonsense.map((text) => ({ topic: TOPIC, key: 'a', value: text })))
    await whileFollowing(open.byStream(), () => eventually(async () => (await open.seen()).length >= 6))
    assertOnceInOrder(await open.seen(), made)
  })
})

describe('a restore', () => {
  test('begins an epoch: what was sent before it has no effect, and what is kept is sent again', async (t) => {
    const open = await openStreamed(t)
    const jars = someJars()
    const made = aLotOf(30, jars)
    await open.make(made.slice(0, 10))
    await open.relayAll()
    await whileFollowing(open.byStream(), () => eventually(async () => (await open.seen()).length === 10))
    await open.make(made.slice(10, 20))
    await open.relayAll()
    // A future that is lost: its event is on the stream, and no outbox has it any more.
    await open.make([{ jar_id: jars[0] as string, n: 99 }])
    await open.relayAll()
    await open.kitchen.owner`delete from outbox where bundle like '%"sweets":99%'`
    await open.kitchen.owner`update event_relay set position = position - 1`
    await raiseEpoch(open.kitchen, open.jars)
    await open.make(made.slice(20))
    await open.relayAll()
    await whileFollowing(open.byStream(), () => eventually(async () => (await open.seen()).length >= 30))
    assertOnceInOrder(await open.seen(), made)
  })

  test('of the others and not of this service stops it with an alarm until it is in their epoch', async (t) => {
    const open = await openStreamed(t)
    const made = aLotOf(10, someJars())
    await raiseEpoch(open.kitchen)
    await open.make(made)
    await open.relayAll()
    await whileFollowing(open.byStream(), async () => {
      await eventually(() => open.warnings.includes('events of a producer stand still'))
      assert.deepEqual(await open.seen(), [])
      await raiseEpoch(open.jars)
      await eventually(async () => (await open.seen()).length === 10)
    })
    assert.equal(open.warnings.filter((warning) => warning === 'events of a producer stand still').length, 1)
    assertOnceInOrder(await open.seen(), made)
  })
})

describe('a relay', () => {
  const accidents: [string, (deliver: () => void) => void][] = [
    ['before the broker has anything', () => {}],
    ['after the broker has everything', (deliver) => deliver()],
  ]
  for (const [when, deliver] of accidents)
    test(`that breaks ${when} sends again, and each event has its effect once, in order`, async (t) => {
      const open = await openStreamed(t)
      const made = aLotOf(40, someJars())
      let sendings = 0
      open.broker.onSend = (append) => {
        if (sendings++ % 2 === 1) return append()
        deliver(append)
        throw new Error('the connection broke')
      }
      for (let i = 0; i < 40; i += 10) {
        await open.make(made.slice(i, i + 10))
        await assert.rejects(open.relayAll(), /broke/)
        await open.relayAll()
      }
      await whileFollowing(open.byStream(), () => eventually(async () => (await open.seen()).length >= 40))
      assertOnceInOrder(await open.seen(), made)
    })

  test('beside another sends twice, and first occurrences are in order all the same', async (t) => {
    const open = await openStreamed(t)
    const made = aLotOf(60, someJars())
    const late = relayOf(open.kitchen, open.broker)
    let meanwhile: (() => Promise<void>) | undefined
    const slow = relayOf(open.kitchen, {
      publisher: {
        send: async (records) => {
          await meanwhile?.()
          await open.broker.publisher.send(records)
        },
        close: async () => {},
      },
    })
    await open.make(made.slice(0, 20))
    await open.relayAll(late)
    await open.make(made.slice(20, 40))
    meanwhile = async () => {
      meanwhile = undefined
      await open.make(made.slice(40))
      await open.relayAll(late)
    }
    await open.relayAll(slow)
    assert.equal(open.broker.sent.length, 80)
    assert.equal(await relayLag(open.kitchen.runtime.database), 0)
    await whileFollowing(open.byStream(), () => eventually(async () => (await open.seen()).length >= 60))
    assertOnceInOrder(await open.seen(), made)
  })

  test('sends events as CloudEvents under the key of their order, and knows how many wait', async (t) => {
    const open = await openStreamed(t)
    await open.relayAll()
    const made = aLotOf(1, someJars())
    await open.make(made)
    await eventually(async () => (await relayLag(open.kitchen.runtime.database)) === 1)
    await open.relayAll()
    const [record] = open.broker.sent
    const { id, time, traceparent, correlationid, ...value } = JSON.parse(record?.value as string)
    assert.deepEqual([record?.topic, record?.key], [TOPIC, made[0]?.jar_id])
    assert.ok([id, time, traceparent, correlationid].every((text) => typeof text === 'string'))
    assert.deepEqual(value, {
      specversion: '1.0',
      source: 'kitchen-service',
      type: 'com.bankflow.kitchen.sweets_made',
      dataschema: 'urn:bankflow:event:kitchen.sweets_made:1',
      datacontenttype: 'application/json',
      subject: made[0]?.jar_id,
      partitionkey: made[0]?.jar_id,
      bankepoch: 1,
      epoch: 1,
      position: '1',
      data: { jar_id: made[0]?.jar_id, sweets: made[0]?.n },
    })
  })
})
