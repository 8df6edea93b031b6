import type { X509Certificate } from 'node:crypto'

/** The attribute types that RFC 4514 §3 names, and those of company certificates (ETSI EN 319 412-1), by their OIDs. */
const OIDS: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.6': 'C',
  '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.97': 'ORGANIZATIONIDENTIFIER',
  '1.2.840.113549.1.9.1': 'EMAILADDRESS',
}
const NAMES: Readonly<Record<string, string>> = { S: 'ST', EMAIL: 'EMAILADDRESS', E: 'EMAILADDRESS' }

type Attribute = readonly [type: string, value: string]
/** A relative distinguished name: a set of attributes. */
type Rdn = readonly Attribute[]

/** The RDNs of a distinguished name in RFC 4514 form, the first one first; undefined for text that is none. */
export function parseDn(text: string): Rdn[] | undefined {
  const rdns: Attribute[][] = [[]]
  let rest = text
  while (rest !== '') {
    const found = /^\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=\s*((?:\\[0-9A-Fa-f]{2}|\\.|[^\\,+])*)([,+]?)/.exec(
      rest,
    )
    if (found === null) return undefined
    const [whole, type = '', value = '', end = ''] = found
    rdns.at(-1)?.push([typeOf(type), unescaped(value)])
    rest = rest.slice(whole.length)
    if (end === '') break
    if (rest === '') return undefined
    if (end === ',') rdns.push([])
  }
  return rest === '' && (rdns[0]?.length ?? 0) > 0 ? rdns : undefined
}

function typeOf(name: string): string {
  const upper = name.toUpperCase()
  return OIDS[name] ?? NAMES[upper] ?? upper
}

/** A value without its escapes: hex pairs are bytes of UTF-8. Blanks around it do not count, those within are one (RFC 4518 §2.6.1). */
function unescaped(value: string): string {
  const bytes: number[] = []
  const trimmed = value.replace(/(?<!\\) +$/, '')
  for (let i = 0; i < trimmed.length; ) {
    const pair = /^\\([0-9A-Fa-f]{2})/.exec(trimmed.slice(i))
    if (pair !== null) {
      bytes.push(Number.parseInt(pair[1] as string, 16))
      i += 3
      continue
    }
    if (trimmed[i] === '\\') i += 1
    const character = String.fromCodePoint(trimmed.codePointAt(i) ?? 0)
    bytes.push(...Buffer.from(character, 'utf8'))
    i += character.length
  }
  return Buffer.from(bytes).toString('utf8').trim().replaceAll(/\s+/g, ' ').toLowerCase()
}

/**
 * True where both are the same distinguished name: as many RDNs in the same order, each the same set of attributes (RFC 5280 §7.1). Texts are never
 * compared, since one name has many spellings.
 */
export function isSameDn(a: readonly Rdn[], b: readonly Rdn[]): boolean {
  if (a.length !== b.length) return false
  const spelled = (rdn: Rdn): string => JSON.stringify(rdn.map((attribute) => JSON.stringify(attribute)).sort())
  return a.every((rdn, i) => spelled(rdn) === spelled(b[i] as Rdn))
}

/** The subject of a certificate. Node tells it a line an RDN, the root first, where RFC 4514 §2.1 begins with the last. */
export function subjectOf(certificate: X509Certificate): Rdn[] | undefined {
  const lines = certificate.subject.split('\n').reverse()
  return parseDn(lines.join(','))
}
