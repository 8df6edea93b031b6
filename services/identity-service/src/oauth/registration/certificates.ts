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
  const names = (certificate.subjectAltName ?? '').split(', ')
  return names.includes(`${kinds[property]}:${expected}`)
}
