import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { connectionOf, type KafkaOptions, kafkaPackage } from './options.ts'
import { testKafka } from './testing/test-kafka.ts'
import { Topics } from './topics.ts'

function topicName(): string {
  return `test-${randomBytes(4).toString('hex')}.events`
}

function topicsOf(options: KafkaOptions): { topics: Topics; told: string[] } {
  const told: string[] = []
  const tell = (message: string): void => void told.push(message)
  return { topics: new Topics(options, { warn: tell, alarm: tell }), told }
}

describe('topics', () => {
  test('are made once with the partitions, replicas and retention that are set, by however many at the same time', async () => {
    const options = testKafka('')
    const name = topicName()
    await Promise.all([1, 2, 3].map(() => topicsOf(options).topics.ensure([name])))
    const { Admin, ConfigResourceTypes } = await kafkaPackage()
    const admin = new Admin(connectionOf(options, 'test'))
    const found = (await admin.metadata({ topics: [name] })).topics.get(name)
    assert.equal(found?.partitionsCount, options.partitions)
    assert.equal(found?.partitions[0]?.replicas.length, options.replicas)
    const [described] = await admin.describeConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: name }],
    })
    const configs = new Map(described?.configs.map((config) => [config.name, config.value]))
    assert.equal(configs.get('retention.ms'), String(options.retentionMs))
    assert.equal(configs.get('min.insync.replicas'), String(Math.max(1, options.replicas - 1)))
    await admin.close()
  })

  test('that are there stay as they are, and a warning says where they differ', async () => {
    const name = topicName()
    const options = testKafka('')
    await topicsOf(options).topics.ensure([name])
    const other = topicsOf({ ...options, partitions: options.partitions + 1 })
    await other.topics.ensure([name])
    assert.deepEqual(other.told, ['a topic is not as the settings say, and stays as it is'])
  })

  test('are refused in one clear line where brokers are too few', async () => {
    const { topics, told } = topicsOf({ ...testKafka(''), replicas: 9 })
    await assert.rejects(topics.ensure([topicName()]), /too few brokers for 9 replicas/)
    assert.match(told[0] ?? '', /BANKFLOW_KAFKA_REPLICAS/)
  })
})
