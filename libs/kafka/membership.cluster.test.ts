import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stream } from '#libs/outbox/stream.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { createKafka, type KafkaBroker } from './kafka.ts'
import { connectionOf, kafkaPackage } from './options.ts'
import { testKafka } from './testing/test-kafka.ts'

const PRODUCER = 'kitchen-service'
const TOPICS = ['kitchen-events', 'kitchen-news', 'kitchen-orders']
const PATIENCE_MS = 120_000
/** A member that stays out for good does so about once in twenty times. */
const TIMES_THROWN_OUT = 30

describe('a group of two members', () => {
  const options = testKafka(`test-${randomBytes(4).toString('hex')}.`)
  const group = `${options.prefix}jar-service`
  const kafka = createKafka(options, { warn: () => {}, alarm: () => {} })
  const stopping = new AbortController()
  const seen = new Set<string>()
  const reading: Promise<void>[] = []
  const opened: { close(): Promise<void> }[] = []
  after(async () => {
    stopping.abort()
    await Promise.all(reading)
    await Promise.all(opened.map((one) => one.close()))
  })

  /** Reads for as long as the test goes on, as a subscription would: what fails is asked for again. */
  async function readAll(stream: Stream): Promise<void> {
    while (!stopping.signal.aborted)
      try {
        const records = await stream.poll({ limit: 200, waitMs: 1_000, signal: stopping.signal })
        for (const { event } of records) seen.add(event.id)
        await stream.commit(records)
      } catch {
        await sleep(200)
      }
    await stream.close()
  }

  function joined(): KafkaBroker {
    const broker = kafka.brokerFor('jar-service')
    const streams = TOPICS.map((topic) => broker.streamOf(PRODUCER, [topic]))
    reading.push(...streams.map(readAll))
    opened.push(broker)
    return broker
  }

  async function sent(): Promise<string[]> {
    const publisher = kafka.brokerFor(PRODUCER).publisher(TOPICS)
    const ids = Array.from({ length: 120 }, () => randomUUID())
    await publisher.send(ids.map((id, i) => ({ topic: TOPICS[i % 3] as string, key: id, value: eventOf(id) })))
    await publisher.close()
    return ids
  }

  test('stays whole when members are thrown out again and again, as one is that was silent for too long: each comes back, and nothing is left unread', {
    timeout: 600_000,
  }, async () => {
    joined()
    joined()
    const { Admin } = await kafkaPackage()
    const admin = new Admin(connectionOf(options, 'test'))
    opened.push(admin)
    /** Waits until both are there and share all partitions; who they are. */
    const whole = async (): Promise<string[]> => {
      let members: string[] = []
      await eventually(async () => {
        const found = (await admin.describeGroups({ groups: [group] })).get(group)
        members = [...(found?.members.keys() ?? [])]
        const shared = [...(found?.members.values() ?? [])].reduce((sum, one) => sum + partitionsOf(one), 0)
        return found?.state === 'Stable' && members.length === 2 && shared === TOPICS.length * options.partitions
      }, PATIENCE_MS)
      return members
    }
    for (let round = 0; round < TIMES_THROWN_OUT; round++) {
      const thrown = (await whole()).slice(0, 1 + (round % 2)).map((memberId) => ({ memberId }))
      await admin.removeMembersFromConsumerGroup({ groupId: group, members: thrown })
      const ids = await sent()
      await eventually(async () => ids.every((id) => seen.has(id)), PATIENCE_MS)
    }
    assert.equal((await whole()).length, 2)
  })
})

function partitionsOf({ assignments }: { assignments?: ReadonlyMap<string, { partitions: number[] }> }): number {
  return [...(assignments?.values() ?? [])].reduce((sum, { partitions }) => sum + partitions.length, 0)
}

function eventOf(id: string): string {
  return JSON.stringify({
    specversion: '1.0',
    source: PRODUCER,
    id,
    type: 'com.bankflow.jam.made',
    time: new Date().toISOString(),
    subject: id,
    partitionkey: id,
    datacontenttype: 'application/json',
    bankepoch: 0,
    epoch: 1,
    position: '1',
    correlationid: id,
    traceparent: '',
    data: {},
  })
}
