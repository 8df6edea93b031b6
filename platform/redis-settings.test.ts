import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { newTestAuthority } from '#libs/cache/testing/certificates.ts'
import { refuseWrongRedis } from './redis-settings.ts'

const REDIS_URL = 'rediss://bank:secret@redis:6379'

function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bankflow-redis-settings-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file')
  writeFileSync(path, text)
  return path
}

describe('settings of Redis', () => {
  test('name an authority, and a certificate with its key, for an address with TLS', async (t) => {
    const { caFile, issue } = await newTestAuthority(t)
    const { certFile, keyFile } = await issue({ dns: ['gateway'] })
    refuseWrongRedis({})
    refuseWrongRedis({ REDIS_URL, BANKFLOW_REDIS_CA_FILE: caFile })
    const shown = { BANKFLOW_REDIS_CERT_FILE: certFile, BANKFLOW_REDIS_KEY_FILE: keyFile }
    for (const kind of ['rediss', 'rediss+sentinel', 'rediss+cluster'])
      refuseWrongRedis({ REDIS_URL: `${kind}://redis:1${kind.endsWith('sentinel') ? '/bank' : ''}`, ...shown })
  })

  test('refuse the start with one line, and no password in it, where they make no sense', async (t) => {
    const { caFile, issue } = await newTestAuthority(t)
    const { certFile, keyFile } = await issue({ dns: ['gateway'] })
    const another = await issue({ dns: ['gateway'] })
    const [CA, CERT, KEY] = ['BANKFLOW_REDIS_CA_FILE', 'BANKFLOW_REDIS_CERT_FILE', 'BANKFLOW_REDIS_KEY_FILE'] as const
    const broken = fileOf(t, '-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----\n')
    const wrong: [env: Record<string, string>, line: RegExp][] = [
      [{ REDIS_URL: 'redis://secret@redis' }, /^REDIS_URL: .* user without a password/],
      [{ REDIS_URL: 'redis://:secret%@redis' }, /^REDIS_URL: .* encodes no character/],
      [{ [CA]: caFile }, /^BANKFLOW_REDIS_CA_FILE: only an address that begins with rediss/],
      [{ REDIS_URL: 'redis://:secret@redis', [CERT]: certFile, [KEY]: keyFile }, /^BANKFLOW_REDIS_CERT_FILE: only an/],
      [{ REDIS_URL, [CA]: `${caFile}.away` }, /^BANKFLOW_REDIS_CA_FILE: /],
      [{ REDIS_URL, [CA]: broken }, /^BANKFLOW_REDIS_CA_FILE: holds no certificate/],
      [{ REDIS_URL, [CA]: keyFile }, /^BANKFLOW_REDIS_CA_FILE: holds no certificate/],
      [{ REDIS_URL, [CERT]: certFile }, /belong together/],
      [{ REDIS_URL, [KEY]: keyFile }, /belong together/],
      [{ REDIS_URL, [CERT]: keyFile, [KEY]: keyFile }, /^BANKFLOW_REDIS_CERT_FILE: holds no certificate/],
      [{ REDIS_URL, [CERT]: certFile, [KEY]: another.keyFile }, /^BANKFLOW_REDIS_KEY_FILE: holds no key of/],
      [{ REDIS_URL, [CERT]: certFile, [KEY]: certFile }, /^BANKFLOW_REDIS_KEY_FILE: holds no key of/],
    ]
    for (const [env, line] of wrong) {
      const isSo = (error: Error): boolean => {
        assert.equal(error.name, 'SettingsRefused')
        assert.match(error.message, line)
        assert.doesNotMatch(error.message, /secret[@%]|:secret|\n/)
        return true
      }
      assert.throws(() => refuseWrongRedis(env), isSo, `${line}`)
    }
  })
})
