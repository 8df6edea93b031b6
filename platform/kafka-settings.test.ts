import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { kafkaOf } from './kafka-settings.ts'

const ONE = { KAFKA_BROKERS: 'kafka-1:9092' }
const THREE = { KAFKA_BROKERS: 'kafka-1:9092, kafka-2:9092,kafka-3:9092,kafka-4:9092' }

function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bankflow-kafka-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file')
  writeFileSync(path, text)
  return path
}

describe('settings of Kafka', () => {
  test('are none unless brokers are named, and then what belongs to Kafka alone is refused', () => {
    assert.equal(kafkaOf({}, 'production'), undefined)
    assert.throws(() => kafkaOf({ BANKFLOW_KAFKA_PARTITIONS: '3' }, 'sandbox'), /KAFKA_BROKERS is not set/)
  })

  test('keep each event three times for seven days in production, and in a sandbox on as many brokers as there are', () => {
    const { replicas, retentionMs, brokers } = kafkaOf(ONE, 'production') ?? assert.fail()
    assert.deepEqual([replicas, retentionMs, brokers], [3, 7 * 86_400_000, ['kafka-1:9092']])
    assert.equal(kafkaOf(ONE, 'sandbox')?.replicas, 1)
    assert.equal(kafkaOf(THREE, 'sandbox')?.replicas, 3)
    assert.equal(kafkaOf({ ...THREE, BANKFLOW_KAFKA_REPLICAS: '2' }, 'production')?.replicas, 2)
  })

  test('say which address is none', () => {
    for (const KAFKA_BROKERS of ['kafka', 'kafka:', 'http://kafka:9092', 'kafka:9092,'])
      assert.throws(() => kafkaOf({ KAFKA_BROKERS }, 'sandbox'), /KAFKA_BROKERS/)
  })

  test('sign in with a name and the password of a file, and never plainly without TLS in production', (t) => {
    const password = fileOf(t, 'secret\n')
    const signedIn = {
      ...ONE,
      BANKFLOW_KAFKA_SASL: 'PLAIN',
      BANKFLOW_KAFKA_USER: 'bank',
      BANKFLOW_KAFKA_PASSWORD_FILE: password,
    }
    assert.deepEqual(kafkaOf(signedIn, 'sandbox')?.sasl, { mechanism: 'PLAIN', username: 'bank', password: 'secret' })
    assert.throws(() => kafkaOf(signedIn, 'production'), /BANKFLOW_KAFKA_TLS/)
    assert.ok(kafkaOf({ ...signedIn, BANKFLOW_KAFKA_TLS: 'true' }, 'production')?.tls)
    assert.ok(kafkaOf({ ...signedIn, BANKFLOW_KAFKA_SASL: 'SCRAM-SHA-512' }, 'production')?.sasl)
    assert.throws(() => kafkaOf({ ...ONE, BANKFLOW_KAFKA_SASL: 'PLAIN' }, 'sandbox'), /BANKFLOW_KAFKA_USER/)
    assert.throws(() => kafkaOf({ ...ONE, BANKFLOW_KAFKA_USER: 'bank' }, 'sandbox'), /BANKFLOW_KAFKA_SASL is not set/)
  })

  test('show a certificate with its key or none, and only by TLS', (t) => {
    const text = '-----BEGIN CERTIFICATE-----'
    const pem = fileOf(t, text)
    const certified = {
      ...ONE,
      BANKFLOW_KAFKA_TLS: 'true',
      BANKFLOW_KAFKA_CERT_FILE: pem,
      BANKFLOW_KAFKA_KEY_FILE: pem,
    }
    assert.deepEqual(kafkaOf(certified, 'production')?.tls, { cert: text, key: text })
    assert.deepEqual(kafkaOf({ ...ONE, BANKFLOW_KAFKA_TLS: 'true', BANKFLOW_KAFKA_CA_FILE: pem }, 'production')?.tls, {
      ca: text,
    })
    assert.throws(
      () => kafkaOf({ ...certified, BANKFLOW_KAFKA_CA_FILE: fileOf(t, 'pem') }, 'production'),
      /^SettingsRefused: BANKFLOW_KAFKA_CA_FILE: .* holds nothing in PEM/,
    )
    assert.throws(
      () => kafkaOf({ ...ONE, BANKFLOW_KAFKA_TLS: 'true', BANKFLOW_KAFKA_KEY_FILE: pem }, 'production'),
      /belong together/,
    )
    assert.throws(
      () => kafkaOf({ ...ONE, BANKFLOW_KAFKA_CA_FILE: pem }, 'production'),
      /BANKFLOW_KAFKA_TLS is not true/,
    )
  })
})
