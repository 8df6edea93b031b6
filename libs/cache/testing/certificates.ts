import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import * as x509 from '@peculiar/x509'

/** A certificate and its key (PEM), and the files in which both lie. */
export interface Certificate {
  cert: string
  key: string
  certFile: string
  keyFile: string
}

/** An authority of a test's own. */
export interface TestAuthority {
  /** Its certificate (PEM), and the file in which it lies. */
  ca: string
  caFile: string
  /** A certificate for these addresses and names, good for servers and for clients. */
  issue(names: { ip?: readonly string[]; dns?: readonly string[] }): Promise<Certificate>
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const HOUR_MS = 3_600_000

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

/** Makes an authority whose files go with the test. */
export async function newTestAuthority(t: TestContext): Promise<TestAuthority> {
  const folder = mkdtempSync(join(tmpdir(), 'bankflow-certificates-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  let count = 0
  const stored = (text: string): string => {
    count += 1
    const path = join(folder, `${count}.pem`)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const keys = await newKeys()
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ serialNumber: '01', name: 'CN=Authority of a test', keys, signingAlgorithm: P256 },
    ...validNow(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })
  const ca = own.toString('pem')
  const issue: TestAuthority['issue'] = async ({ ip = [], dns = [] }) => {
    const { publicKey, privateKey } = await newKeys()
    const names = [
      ...ip.map((value) => ({ type: 'ip' as const, value })),
      ...dns.map((value) => ({ type: 'dns' as const, value })),
    ]
    const issued = await x509.X509CertificateGenerator.create({
      ...{ serialNumber: `${count + 10}`, subject: 'CN=Redis', issuer: own.subject },
      ...{ publicKey, signingKey: keys.privateKey, signingAlgorithm: P256 },
      ...validNow(),
      extensions: [new x509.SubjectAlternativeNameExtension(names)],
    })
    const cert = issued.toString('pem')
    const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')
    return { cert, key, certFile: stored(cert), keyFile: stored(key) }
  }
  return { ca, caFile: stored(ca), issue }
}

function newKeys() {
  return webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
}

function validNow(): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  return { notBefore: new Date(now - HOUR_MS), notAfter: new Date(now + 24 * HOUR_MS) }
}
