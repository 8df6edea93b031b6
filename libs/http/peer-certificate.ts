import type { X509Certificate } from 'node:crypto'
import { hash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'

/** The certificate by which a client authenticated its connection. */
export interface PeerCertificate {
  pem: string
  /** `x5t#S256` of RFC 8705 §3.1: SHA-256 of the DER form, base64url. */
  thumbprint: string
}

const known = new WeakMap<object, PeerCertificate>()

/**
 * The certificate at the other end of a request's own TLS connection, which was checked against the CA when it was opened; null without one.
 * No header is ever looked at: whatever names a certificate there was written by whoever sent the request.
 */
export function peerCertificateOf(request: Pick<FastifyRequest, 'raw'>): PeerCertificate | null {
  const socket = request.raw.socket as Partial<TLSSocket> & object
  if (socket.encrypted !== true || socket.authorized !== true) return null
  const found = known.get(socket)
  if (found !== undefined) return found
  const certificate = socket.getPeerX509Certificate?.()
  if (certificate === undefined) return null
  const peer = { pem: certificate.toString(), thumbprint: thumbprintOf(certificate) }
  known.set(socket, peer)
  return peer
}

/** `x5t#S256` of a certificate (RFC 8705 §3.1). */
export function thumbprintOf(certificate: Pick<X509Certificate, 'raw'>): string {
  return hash('sha256', certificate.raw, 'base64url')
}
