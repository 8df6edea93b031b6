import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import { aCertificate } from '../../../testing/certificates.ts'
import { isSameDn, parseDn, subjectOf } from './subject-dn.ts'

type Dn = NonNullable<ReturnType<typeof parseDn>>

describe('a distinguished name (RFC 4514)', () => {
  test('is the same in every spelling, and no other', () => {
    const name = parseDn('CN=Shop\\, Inc.+OU=Till,O=Corner,C=DE') as Dn
    const same = [
      'cn=shop\\2c inc., o=corner, c=de'.replace('inc.', 'inc.+ou=till'),
      'OU=Till + CN=Shop\\, Inc., O=Corner , C=DE',
      '2.5.4.3=Shop\\, Inc.+2.5.4.11=Till,2.5.4.10=Corner,2.5.4.6=DE',
      'CN=Shop\\,  Inc.+OU=Till,O=Corner,C=DE',
    ]
    for (const text of same) assert.ok(isSameDn(name, parseDn(text) as Dn), text)
    const others = [
      'CN=Shop\\, Inc.,OU=Till,O=Corner,C=DE',
      'C=DE,O=Corner,CN=Shop\\, Inc.+OU=Till',
      'CN=Shop,O=Corner,C=DE',
      'CN=Shop\\, Inc.+OU=Till,O=Corner,C=DE,C=DE',
    ]
    for (const text of others) assert.equal(isSameDn(name, parseDn(text) as Dn), false, text)
    for (const text of ['', 'CN', '=x', 'CN=a,', 'CN=a,,C=DE', 'CN=a+']) assert.equal(parseDn(text), undefined, text)
  })

  test('of a certificate is read the way round that RFC 4514 writes it, commas and quotes included', async () => {
    const { pem } = await aCertificate('C=DE, O="Corner, Shop", CN=a b')
    const subject = subjectOf(new X509Certificate(pem)) as Dn
    assert.ok(isSameDn(subject, parseDn('CN=A B,O=Corner\\, Shop,C=DE') as Dn))
    assert.equal(isSameDn(subject, parseDn('CN=A B,O=Corner,C=DE') as Dn), false)
  })
})
