import { constants } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { SettingsRefused } from '#libs/config/settings.ts'
import { answerUnreadable } from '#libs/http/wire.ts'
import type { Log } from '#libs/telemetry/log.ts'
import type { Place } from './listening.ts'
import type { MtlsFiles } from './mtls-authority.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000
const HEADERS_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 60_000
const KEEP_ALIVE_MS = 30_000
/** How often the files are looked at for a change. */
const LOOK_MS = 2_000

/** A second door to a gateway, for clients with a certificate. */
export interface MtlsDoor {
  server: Server
  /** Reads the files again; what is wrong with them is logged, and the door stays as it was. */
  reload(): void
}

/**
 * A door to `gateway` by TLS 1.3 alone, through which only clients with a certificate of the named authority come (FAPI 2.0 §5.2.1, RFC 8705).
 * It has no routes of its own: a request is the gateway's like any other, on a connection whose certificate the gateway looks up itself. Closes
 * with the gateway. SettingsRefused when a file cannot be used.
 */
export function openMtlsDoor(gateway: FastifyInstance, files: MtlsFiles, log: Log): MtlsDoor {
  let under_way = 0
  const server = createServer(
    {
      ...tlsOptions(files),
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requireHostHeader: false,
    },
    (request, response) => {
      under_way += 1
      response.once('close', () => {
        under_way -= 1
      })
      gateway.server.emit('request', request, response)
    },
  )
  // To Node an answer is over when it is written, taken or not: closing the idle would cut it off.
  const closeIdle = server.closeIdleConnections.bind(server)
  server.closeIdleConnections = () => {
    if (under_way === 0) closeIdle()
  }
  server.on('clientError', (error, socket) => answerUnreadable(error, socket as Socket))
  server.on('tlsClientError', (error) => log.info({ reason: error.message }, 'a client was refused by TLS'))
  let seen = stampOf(files)
  const reload = (): void => {
    try {
      const options = tlsOptions(files)
      server.setSecureContext(options)
      // Who has a connection already would be asked for nothing new as long as it keeps it.
      server.closeIdleConnections()
      log.info('the certificates of the mTLS listener were read again')
    } catch (error) {
      log.error({ error }, 'the certificates of the mTLS listener cannot be read again; those of before are kept')
    }
  }
  const timer = setInterval(() => {
    const now = stampOf(files)
    if (now === seen) return
    seen = now
    reload()
  }, LOOK_MS).unref()
  closeWith(gateway, server, () => clearInterval(timer))
  return { server, reload }
}

/** Opens a door at its place; the URL at which this machine reaches it. */
export async function listenTls(server: Server, { port, host, maxConnections }: Place): Promise<string> {
  server.maxConnections = maxConnections
  server.listen({ port, host })
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  return `https://${/^(127\.0\.0\.1|::1)$/.test(host) ? 'localhost' : host}:${bound}`
}

function tlsOptions(files: MtlsFiles): TlsOptions {
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path)
    } catch (cause) {
      throw new SettingsRefused(`BANKFLOW_MTLS_PORT: ${path} cannot be read`, { cause })
    }
  }
  const { certificate, key, authority, revocations } = files
  return {
    ...{ cert: read(certificate), key: read(key), ca: read(authority) },
    ...(revocations === undefined ? {} : { crl: read(revocations) }),
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: true,
    // A resumed session would not be asked for its certificate again, whatever was revoked since.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}

/** Changes whenever one of the files does; a file that is missing for a moment is a change as well. */
function stampOf(files: MtlsFiles): string {
  return Object.values(files)
    .filter((path): path is string => path !== undefined)
    .map((path) => {
      const found = statSync(path, { throwIfNoEntry: false })
      return `${path} ${found?.mtimeMs} ${found?.size}`
    })
    .join('\n')
}

const IDLE_LOOK_MS = 50

function closeWith(gateway: FastifyInstance, server: Server, closed: () => void): void {
  let end: Promise<void> | undefined
  gateway.addHook('preClose', async () => {
    closed()
    if (!server.listening) return
    const timer = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS)
    end = new Promise((resolve) => server.close(() => resolve(clearInterval(timer))))
  })
  gateway.addHook('onClose', async () => {
    await end
  })
}
