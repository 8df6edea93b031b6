import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aCertificate } from '../../../testing/certificates.ts'
import { isCurrent, isSubject } from './certificates.ts'

describe('the certificate of a third party (RFC 8705 §2.1.2)', () => {
  test('is known by each of its alternative names, by the kind that was registered', async () => {
    const { pem } = await aCertificate('CN=shop', {
      names: [
        { type: 'dns', value: 'shop.example' },
        { type: 'url', value: 'https://shop.example/a,b' },
        { type: 'ip', value: '192.0.2.7' },
        { type: 'email', value: 'till@shop.example' },
      ],
    })
    assert.ok(isSubject(pem, 'tls_client_auth_san_dns', 'shop.example'))
    assert.ok(isSubject(pem, 'tls_client_auth_san_uri', 'https://shop.example/a,b'))
    assert.ok(isSubject(pem, 'tls_client_auth_san_ip', '192.0.2.7'))
    assert.ok(isSubject(pem, 'tls_client_auth_san_email', 'till@shop.example'))
    for (const [kind, name] of [
      ['tls_client_auth_san_dns', 'till@shop.example'],
      ['tls_client_auth_san_uri', 'shop.example'],
      ['tls_client_auth_san_dns', 'example'],
      ['tls_client_auth_san_other', 'undefined'],
    ] as const)
      assert.equal(isSubject(pem, kind, name), false, `${kind} ${name}`)
    assert.equal(isSubject((await aCertificate()).pem, 'tls_client_auth_san_dns', 'shop.example'), false)
  })

  test('CVE-2021-44532: a name that is written inside another name is none', async () => {
    const { pem } = await aCertificate('CN=thief', {
      names: [{ type: 'url', value: 'https://thief.example/, DNS:shop.example, URI:https://shop.example/' }],
    })
    assert.equal(isSubject(pem, 'tls_client_auth_san_dns', 'shop.example'), false)
  })

  test('counts within its days alone', async () => {
    assert.ok(isCurrent((await aCertificate()).pem))
    assert.equal(isCurrent((await aCertificate('CN=shop', { fromMs: 3_600_000 })).pem), false)
    assert.equal(isCurrent(null), false)
  })
})
