import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

/** A certificate (PEM) and the key that goes with it (PKCS #8, PEM). */
export interface Issued {
  certificate: string
  key: string
}

/** The names of a certificate to be issued. */
export interface Wanted {
  /** A distinguished name (RFC 4514), like `CN=A shop,O=Shops,C=PT`. */
  subject: string
  dns?: readonly string[]
  ip?: readonly string[]
  uri?: readonly string[]
}

/** An authority that certifies the third parties of a sandbox; a production bank names the one that its regulator trusts. */
export interface Authority {
  /** Its own certificate (PEM): what the edge checks clients by, and clients the edge. */
  certificate: string
  issueServer(wanted: Wanted): Promise<Issued>
  issueClient(wanted: Wanted): Promise<Issued>
  /** A revocation list (PEM) of the serial numbers of certificates. */
  revocationList(serials: readonly string[]): Promise<string>
}

/** What the edge needs to speak mutual TLS, by path. */
export interface MtlsFiles {
  certificate: string
  key: string
  authority: string
  revocations?: string | undefined
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000
const AUTHORITY_DAYS = 3_650
const LEAF_DAYS = 365
/** A server's certificate is made anew when it has less than this to live. */
const RENEW_BEFORE_MS = 30 * DAY_MS
/** Clocks that are a little behind take what was issued just now. */
const BACKDATED_MS = 300_000
const NAME = 'CN=BankFlow sandbox authority'

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

/** The files of a sandbox's authority and of its edge in a folder, made at the first start; those that run out are made anew. */
export async function developmentFiles(folder: string): Promise<MtlsFiles> {
  const authority = await openAuthority(folder)
  const [certificate, key] = [join(folder, 'server.pem'), join(folder, 'server-key.pem')]
  if (!isGoodFor(certificate, RENEW_BEFORE_MS) || !existsSync(key)) {
    const names = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] }
    const issued = await authority.issueServer({ subject: 'CN=localhost', ...names })
    store(key, issued.key)
    store(certificate, issued.certificate)
  }
  return { certificate, key, authority: join(folder, 'ca.pem') }
}

/** The authority whose key is in a folder, made there when there is none. */
export async function openAuthority(folder: string): Promise<Authority> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const [certificate, key] = [join(folder, 'ca.pem'), join(folder, 'ca-key.pem')]
  if (!existsSync(certificate) || !existsSync(key)) {
    const made = await newAuthority()
    store(key, made.key)
    store(certificate, made.certificate)
  }
  return authorityOf({ certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') })
}

/** A certificate by which a third party of a sandbox authenticates itself, from the authority in the sandbox's folder. */
export async function issueClientCertificate(folder: string, wanted: Wanted): Promise<Issued> {
  return (await openAuthority(folder)).issueClient(wanted)
}

async function newAuthority(): Promise<Issued> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ serialNumber: newSerial(), name: NAME, keys, signingAlgorithm: P256 },
    ...validFor(AUTHORITY_DAYS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
}

async function authorityOf(own: Issued): Promise<Authority> {
  const certificate = new x509.X509Certificate(own.certificate)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(own.key), P256, false, [
    'sign',
  ])
  const issue = async (wanted: Wanted, purpose: x509.ExtendedKeyUsage): Promise<Issued> => {
    const keys = await newKeys()
    const issued = await x509.X509CertificateGenerator.create({
      ...{ serialNumber: newSerial(), subject: nameOf(wanted.subject), issuer: certificate.subject },
      ...{ publicKey: keys.publicKey, signingKey, signingAlgorithm: P256 },
      ...validFor(LEAF_DAYS),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([purpose], true),
        await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
        ...namesOf(wanted),
      ],
    })
    return { certificate: issued.toString('pem'), key: await pemOf(keys.privateKey) }
  }
  return {
    certificate: own.certificate,
    issueServer: (wanted) => issue(wanted, x509.ExtendedKeyUsage.serverAuth),
    issueClient: (wanted) => issue(wanted, x509.ExtendedKeyUsage.clientAuth),
    revocationList: async (serials) => {
      const now = Date.now()
      const list = await x509.X509CrlGenerator.create({
        ...{ issuer: certificate.subject, signingKey, signingAlgorithm: P256 },
        ...{ thisUpdate: new Date(now - BACKDATED_MS), nextUpdate: new Date(now + DAY_MS) },
        entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date(now - BACKDATED_MS) })),
      })
      return x509.PemConverter.encode(list.rawData, 'X509 CRL')
    },
  }
}

/** RFC 4514 §2.1 writes a name from its end: what stands last in the text comes first in the certificate. */
function nameOf(subject: string): x509.JsonName {
  return new x509.Name(subject).toJSON().reverse()
}

function namesOf({ dns = [], ip = [], uri = [] }: Wanted): x509.Extension[] {
  const named = (type: 'dns' | 'ip' | 'url', values: readonly string[]) => values.map((value) => ({ type, value }))
  const names = [...named('dns', dns), ...named('ip', ip), ...named('url', uri)]
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]
}

function validFor(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + days * DAY_MS) }
}

function newKeys() {
  return webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
}

/** RFC 5280 §4.1.2.2: positive, and with more than 64 bits that nobody can foresee (CA/Browser Forum). */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

function isGoodFor(file: string, ms: number): boolean {
  return existsSync(file) && new x509.X509Certificate(readFileSync(file, 'utf8')).notAfter.getTime() > Date.now() + ms
}

/** Whole or not at all: a start that is interrupted leaves no half of a key behind. */
function store(file: string, pem: string): void {
  writeFileSync(`${file}.new`, pem, { mode: 0o600 })
  chmodSync(`${file}.new`, 0o600)
  renameSync(`${file}.new`, file)
}
