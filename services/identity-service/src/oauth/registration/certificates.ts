import { X509Certificate } from 'node:crypto'
import { isSameDn, parseDn, subjectOf } from './subject-dn.ts'

/** The edge hands on only certificates whose chain it trusts; that they are of today is looked at here as well. */
export function isCurrent(pem: string | null): boolean {
  if (pem === null) return false
  const { validFrom, validTo } = new X509Certificate(pem)
  const now = Date.now()
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo)
}

/** RFC 8705 §2.1.2: the subject, or one alternative name, as the client registered it. */
export function isSubject(pem: string | null, property: string, expected: string): boolean {
  if (pem === null) return false
  const certificate = new X509Certificate(pem)
  if (property === 'tls_client_auth_subject_dn') {
    const [registered, shown] = [parseDn(expected), subjectOf(certificate)]
    return registered !== undefined && shown !== undefined && isSameDn(registered, shown)
  }
  const kinds: Readonly<Record<string, string>> = {
    tls_client_auth_san_dns: 'DNS',
    tls_client_auth_san_uri: 'URI',
    tls_client_auth_san_ip: 'IP Address',
    tls_client_auth_san_email: 'email',
  }
  const kind = kinds[property]
  const names = (certificate.subjectAltName ?? '').split(', ')
  return (
    kind !== undefined &&
    names.some((name) => name.startsWith(`${kind}:`) && nameIn(name.slice(kind.length + 1)) === expected)
  )
}

/** Node writes a name in which there is a comma as a text of JSON, its commas escaped: no name can be read out of the middle of another. */
function nameIn(text: string): unknown {
  return text.startsWith('"') ? JSON.parse(text) : text
}
