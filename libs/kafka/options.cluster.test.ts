import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { connectionOf, kafkaPackage, neverForgetting } from './options.ts'
import { testKafka } from './testing/test-kafka.ts'
import { Topics } from './topics.ts'

test('a client that was to forget its topics while it asks for one of them knows all of them in the answer', async (t) => {
  const prefix = `test-${randomBytes(4).toString('hex')}.`
  const options = testKafka(prefix)
  const topics = [`${prefix}known`, `${prefix}old`]
  const quiet = { warn: () => {}, alarm: () => {} }
  await new Topics(options, quiet).ensure(topics)
  const { Producer } = await kafkaPackage()
  const client = neverForgetting(new Producer(connectionOf(options, 'test')))
  t.after(() => client.close())
  const first = await client.metadata({ topics: [...topics] })
  const [, old] = topics.map((topic) => first.topics.get(topic))
  assert.ok(old)
  old.lastUpdate = 0
  const asking = client.metadata({ topics: [...topics] })
  client.clearMetadata()
  const answered = await asking
  assert.deepEqual(
    topics.map((topic) => answered.topics.get(topic)?.partitionsCount),
    [options.partitions, options.partitions],
  )
})
