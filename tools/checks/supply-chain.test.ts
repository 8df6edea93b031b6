import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judgeAudit } from './supply-chain.ts'

const said = (value: unknown) => judgeAudit({ code: 0, stdout: JSON.stringify(value), stderr: '' })
const finding = (severity: string) => ({
  vulnerabilities: {
    probe: { severity, via: [{ title: 'Reads past the end', url: 'https://example.test/advisory' }] },
  },
})

describe('advisories', () => {
  test('a high or critical advisory fails and is named', () => {
    for (const severity of ['high', 'critical']) {
      const result = said(finding(severity))
      assert.equal(result.ok, false)
      assert.match(result.output ?? '', /probe: .*Reads past the end https:/)
    }
  })

  test('a lesser advisory is counted and passes', () => {
    assert.deepEqual(said(finding('moderate')), { ok: true, note: '0 high or critical, 1 lesser', output: '' })
  })

  test('no answer is said to be no answer', () => {
    assert.match(judgeAudit({ code: 1, stdout: '', stderr: 'npm error network' }).note ?? '', /^not asked/)
    assert.match(said({ message: '405 Method Not Allowed', error: { summary: '' } }).note ?? '', /^not asked.*405/)
  })
})
