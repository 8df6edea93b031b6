import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mtlsOf } from './mtls-settings.ts'

const FILES = { BANKFLOW_MTLS_CERT_FILE: '/c', BANKFLOW_MTLS_KEY_FILE: '/k', BANKFLOW_MTLS_CA_FILE: '/a' }
const NAMES = { BANKFLOW_PUBLIC_ORIGIN: 'https://bank.example', BANKFLOW_MTLS_ORIGIN: 'https://mtls.bank.example' }
const PORT = { BANKFLOW_MTLS_PORT: '8443' }

describe('the door for third parties', () => {
  test('is there when its port is set, and a sandbox needs nothing else', () => {
    assert.equal(mtlsOf({}, 'sandbox'), undefined)
    assert.equal(mtlsOf({}, 'production'), undefined)
    assert.deepEqual(mtlsOf(PORT, 'sandbox'), { port: 8443, files: null })
    const files = { certificate: '/c', key: '/k', authority: '/a', revocations: undefined }
    assert.deepEqual(mtlsOf({ ...PORT, ...FILES }, 'sandbox'), { port: 8443, files })
    assert.deepEqual(mtlsOf({ ...PORT, ...FILES, ...NAMES }, 'production'), { port: 8443, files })
  })

  test('is refused half configured, by the name of what is missing', () => {
    const { BANKFLOW_MTLS_CA_FILE: _, ...half } = FILES
    assert.throws(() => mtlsOf({ ...PORT, ...half }, 'sandbox'), /BANKFLOW_MTLS_CA_FILE must be set/)
    assert.throws(() => mtlsOf({ ...PORT, ...NAMES }, 'production'), /BANKFLOW_MTLS_CERT_FILE and .*KEY_FILE and/)
    assert.throws(() => mtlsOf({ ...PORT, ...FILES }, 'production'), /BANKFLOW_PUBLIC_ORIGIN/)
    assert.throws(() => mtlsOf(FILES, 'sandbox'), /BANKFLOW_MTLS_PORT is not set/)
    assert.throws(() => mtlsOf({ BANKFLOW_MTLS_CRL_FILE: '/r' }, 'sandbox'), /BANKFLOW_MTLS_PORT is not set/)
  })
})
