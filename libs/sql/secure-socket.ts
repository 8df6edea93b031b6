import { readFileSync } from 'node:fs'
import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { Address, ServerTls } from './server-url.ts'

/** SSLRequest ("Message Formats"): its length and its number. */
const ASK_FOR_TLS = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
const YES = 'S'.charCodeAt(0)
const MADE_WITHIN_MS = 5_000

/** Connects to a server and encrypts the way. Throws with a `code` that begins with CONNECTION_ or as the socket does. */
export async function secureSocket(at: Address, tls: ServerTls): Promise<Socket> {
  const plain = connect(at.port, at.host)
  // Whoever waits is told below; an error that comes while nobody does must not end the process.
  plain.on('error', () => {})
  const timer = setTimeout(() => plain.destroy(failed(at, 'did not answer in time')), MADE_WITHIN_MS)
  try {
    await happens(plain, 'connect')
    plain.write(ASK_FOR_TLS)
    const answer = await happens(plain, 'data')
    // More than the one byte would be somebody's on the way, who wants it taken for what was encrypted.
    if (answer.length !== 1 || answer[0] !== YES) throw failed(at, 'does not speak TLS')
    const secure = connectTls({ socket: plain, ...checksOf(at, tls) })
    secure.on('error', () => {})
    await happens(secure, 'secureConnect')
    return secure
  } catch (error) {
    plain.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function checksOf(at: Address, { mode, authority, certificate, key }: ServerTls): ConnectionOptions {
  return {
    host: at.host,
    ...(isIP(at.host) === 0 ? { servername: at.host } : {}),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: mode !== 'require' || authority !== undefined,
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...(authority === undefined ? {} : { ca: readFileSync(authority) }),
    ...(certificate && key ? { cert: readFileSync(certificate), key: readFileSync(key) } : {}),
  }
}

function happens(socket: Socket, event: 'connect' | 'data' | 'secureConnect'): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(Object.assign(new Error('the connection ended'), { code: 'CONNECTION_CLOSED' }))
    const settle = (act: (value: never) => void) => (value: unknown) => {
      socket.off('error', failedNow).off('close', closed).off(event, happened)
      act(value as never)
    }
    const [happened, failedNow] = [settle(resolve as never), settle(reject)]
    socket.once(event, happened).once('error', failedNow).once('close', closed)
  })
}

function failed(at: Address, why: string): Error {
  return Object.assign(new Error(`the server at ${at.host}:${at.port} ${why}`), { code: 'CONNECTION_REFUSED_TLS' })
}
