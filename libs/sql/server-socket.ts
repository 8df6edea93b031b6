import { Socket } from 'node:net'

/** What postgres.js knows of the way to a server when it asks for a socket. */
interface Way {
  host: string[]
  port: number[]
  /** Of the socket file, or a falsy value. */
  path: string | false
}

/** `00 03 00 00`: the version of the protocol, after the length of the startup message (PostgreSQL, "Message Formats"). */
const PROTOCOL_VERSION = 196_608
/** ReadyForQuery outside a transaction, which ends every startup. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
/** How the error begins that a server ends a connection with, after five bytes of header. No value can hold it: text has no zero byte. */
const FATAL = Buffer.from('SFATAL\0VFATAL\0')
const HEADER_BYTES = 5
/** The error is the last that comes, and no longer than this. */
const ERROR_BYTES = 1_024

/**
 * A startup message of this length leaves the driver at once. It sends less than 1 KiB a turn of the event loop later, and a connection that ends in
 * between leaves its timer behind: what the next one has to send then waits for a timer that never comes. The blanks stand in `options`, where
 * they say nothing to the server.
 */
export const STARTUP_BLANKS = ' '.repeat(1_024)

/** Makes the sockets of one pool, still connecting when they are returned. Of several servers the next is tried when one cannot be reached. */
export function serverSockets(): (way: Way) => Socket {
  let failures = 0
  return ({ host, port, path }): Socket => {
    const socket: Socket = new ServerSocket(() => {
      failures += 1
    })
    const at = failures % host.length
    return path ? socket.connect(path) : socket.connect(port[at] as number, host[at] as string)
  }
}

/**
 * A socket whose end postgres.js (3.4.9) survives. It uses the same object for the next connection, and four things go wrong there:
 *
 * - Between `error` and `close` it sends on. What went into that gap is neither answered nor refused, and on the next connection it is waited for
 *   first, for ever. So nothing comes between the two, and a connection that stood ends by `close` alone, which refuses everything.
 * - A connection that ends while it is made, without an `error`, is made again at once, for ever. So it ends with one.
 * - What the last connection had not sent yet leaves before the startup message. So it is cut off.
 * - What the server said at the end is told to the first who asks on the next connection. So it is kept back: the end itself says enough.
 */
class ServerSocket extends Socket {
  #hasSent = false
  #isUp = false
  #error: Error | undefined
  readonly #onFailure: () => void

  constructor(onFailure: () => void) {
    super()
    this.#onFailure = onFailure
  }

  override write(data: Uint8Array | string, ...others: never[]): boolean {
    if (this.#hasSent || typeof data === 'string') return super.write(data, ...others)
    this.#hasSent = true
    return super.write(startupIn(Buffer.from(data)), ...others)
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'data') return this.#hear(args[0] as Buffer)
    if (event === 'error') {
      this.#error = args[0] as Error
      return true
    }
    if (event !== 'close') return super.emit(event, ...args)
    if (!this.#isUp) {
      this.#onFailure()
      super.emit('error', this.#error ?? endedEarly())
    }
    return super.emit('close', !this.#isUp)
  }

  #hear(data: Buffer): boolean {
    if (this.#isUp) {
      const told = beforeFatal(data)
      return told.length === 0 || super.emit('data', told)
    }
    this.#isUp = data.subarray(-READY.length).equals(READY)
    return super.emit('data', data)
  }
}

/** What comes before the error that ends a connection; everything where there is none. */
function beforeFatal(data: Buffer): Buffer {
  const from = Math.max(0, data.length - ERROR_BYTES)
  const at = data.subarray(from).indexOf(FATAL)
  return at < HEADER_BYTES ? data : data.subarray(0, from + at - HEADER_BYTES)
}

/** The startup message at the end of the first thing that is sent. */
function startupIn(sent: Buffer): Buffer {
  for (let at = 0; at + 8 <= sent.length; at++)
    if (sent.readUInt32BE(at) === sent.length - at && sent.readUInt32BE(at + 4) === PROTOCOL_VERSION)
      return sent.subarray(at)
  return sent
}

function endedEarly(): Error {
  return Object.assign(new Error('the server ended the connection while it was made'), { code: 'CONNECTION_CLOSED' })
}
