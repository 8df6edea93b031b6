import { Socket } from 'node:net'
import { secureSocket } from './secure-socket.ts'
import type { Address, ServerTls } from './server-url.ts'

/** `00 03 00 00`: the version of the protocol, after the length of the startup message (PostgreSQL, "Message Formats"). */
const PROTOCOL_VERSION = 196_608
/** ReadyForQuery outside a transaction, which ends every startup. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
/** The same, but for the state of the transaction, ends every answer. */
const ANSWERED = READY.subarray(0, 5)
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
/** The same where a pooler reads the message, which refuses `options`: it never sees them. */
const BLANK_OPTIONS = Buffer.from(`options\0${STARTUP_BLANKS}\0`)

/** How the sockets of a pool find their server. */
export interface SocketOptions {
  /** Where to go now; a promise that is refused is a connection that could not be made. */
  pick(): Address | string | Promise<Address | string>
  tls: ServerTls | undefined
  /** Told of each connection that ended, or could not be made. */
  onEnd(): void
  isPooled: boolean
  /** A connection whose answer does not come for so long (ms) is given up; undefined waits for ever. */
  silenceMs: number | undefined
}

/** Makes the sockets of one pool. A plain one to a known server is still connecting when it is returned. */
export function serverSockets(options: SocketOptions): () => Socket | Promise<Socket> {
  const plain = (at: Address | string): Socket => {
    const socket = new Socket()
    // Before the rest: it puts the usual `write` back in the place of any other.
    if (typeof at === 'string') socket.connect(at)
    else socket.connect(at.port, at.host)
    return survivable(socket, options)
  }
  const made = async (picked: ReturnType<SocketOptions['pick']>): Promise<Socket> => {
    try {
      const at = await picked
      if (options.tls === undefined || typeof at === 'string') return plain(at)
      return survivable(await secureSocket(at, options.tls), options)
    } catch (error) {
      return refused(error as Error, options)
    }
  }
  return () => {
    const at = options.pick()
    return at instanceof Promise || options.tls !== undefined ? made(at) : plain(at)
  }
}

/**
 * Makes a socket one whose end postgres.js (3.4.9) survives. It uses the same object for the next connection, and four things go wrong there:
 *
 * - Between `error` and `close` it sends on. What went into that gap is neither answered nor refused, and on the next connection it is waited for
 *   first, for ever. So nothing comes between the two, and a connection that stood ends by `close` alone, which refuses everything.
 * - A connection that ends while it is made, without an `error`, is made again at once, for ever. So it ends with one.
 * - What the last connection had not sent yet leaves before the startup message. So it is cut off.
 * - What the server said at the end is told to the first who asks on the next connection. So it is kept back: the end itself says enough.
 *
 * The driver itself never speaks TLS: what it would do to its socket for that undoes all of this.
 */
function survivable(socket: Socket, options: SocketOptions): Socket {
  const { emit, write } = socket
  let hasSent = false
  let isUp = false
  let failure: Error | undefined
  const silence = options.silenceMs === undefined ? undefined : watchSilence(socket, options.silenceMs)

  socket.write = (data: Uint8Array | string, ...others: never[]): boolean => {
    silence?.asked()
    if (hasSent || typeof data === 'string') return write.call(socket, data, ...others)
    hasSent = true
    const startup = startupIn(Buffer.from(data))
    return write.call(socket, options.isPooled ? withoutBlanks(startup) : startup, ...others)
  }
  socket.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event === 'data') {
      const data = args[0] as Buffer
      silence?.heard(data)
      const told = isUp ? beforeFatal(data) : data
      isUp ||= data.subarray(-READY.length).equals(READY)
      return told.length === 0 || emit.call(socket, 'data', told)
    }
    if (event === 'error') {
      failure = args[0] as Error
      return true
    }
    if (event !== 'close') return emit.call(socket, event, ...args)
    options.onEnd()
    if (!isUp) emit.call(socket, 'error', failure ?? endedEarly())
    return emit.call(socket, 'close', !isUp)
  }
  return socket
}

/** Ends a connection whose server does not answer any more: one that lost its network says nothing, and nobody would ever hear of it. */
function watchSilence(socket: Socket, silenceMs: number): { asked(): void; heard(data: Buffer): void } {
  let isWaiting = false
  socket.setTimeout(silenceMs, () => {
    if (isWaiting) socket.destroy(Object.assign(new Error('the server does not answer'), { code: 'CONNECTION_SILENT' }))
  })
  return {
    asked: () => {
      isWaiting = true
    },
    heard: (data) => {
      if (data.subarray(-READY.length, -1).equals(ANSWERED)) isWaiting = false
    },
  }
}

/** A connection that could not be made, in the only form that the driver survives: it ends when the first thing is sent. */
function refused(error: Error, options: SocketOptions): Socket {
  const socket = new Socket()
  socket.write = () => {
    setImmediate(() => socket.destroy(error))
    return true
  }
  return survivable(socket, options)
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

function withoutBlanks(startup: Buffer): Buffer {
  const at = startup.indexOf(BLANK_OPTIONS)
  if (at === -1) return startup
  const rest = Buffer.concat([startup.subarray(0, at), startup.subarray(at + BLANK_OPTIONS.length)])
  rest.writeUInt32BE(rest.length, 0)
  return rest
}

function endedEarly(): Error {
  return Object.assign(new Error('the server ended the connection while it was made'), { code: 'CONNECTION_CLOSED' })
}
