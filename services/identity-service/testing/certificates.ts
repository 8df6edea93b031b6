import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { type JsonGeneralNames, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'

/** A client certificate as tests show one. */
export interface TestCertificate {
  pem: string
  /** Of its certified key, with the certificate itself, as `self_signed_tls_client_auth` registers it. */
  jwk: Record<string, unknown>
}

const DAY_MS = 86_400_000

/** A fresh certificate under a subject, with alternative names; good from `fromMs` on (a minute ago unless told), for a day. */
export async function aCertificate(
  subject = 'C=DE, O=Corner Shop, CN=shop',
  { fromMs = -60_000, names = [] }: { fromMs?: number; names?: JsonGeneralNames } = {},
): Promise<TestCertificate> {
  const signing = { name: 'ECDSA', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const notBefore = new Date(Date.now() + fromMs)
  const made = await X509CertificateGenerator.createSelfSigned({
    ...{ name: subject, keys, signingAlgorithm: signing, notBefore },
    notAfter: new Date(notBefore.getTime() + DAY_MS),
    extensions: names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)],
  })
  const pem = made.toString('pem')
  const { publicKey, raw } = new X509Certificate(pem)
  return { pem, jwk: { ...publicKey.export({ format: 'jwk' }), use: 'sig', x5c: [raw.toString('base64')] } }
}
