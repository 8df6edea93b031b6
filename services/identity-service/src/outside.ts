import { lookup } from 'node:dns'
import { request as overHttp, type RequestOptions } from 'node:http'
import { request as overHttps } from 'node:https'
import { BlockList, isIP } from 'node:net'
import { Fault } from '#libs/problem/problem.ts'

/** Addresses that nobody outside may make the bank talk to (RFC 6890): its own networks, and what is no host at all. */
const OURS = new BlockList()
for (const [net, bits] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
  ] as const),
  ...([
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
  ] as const),
  ...([
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ] as const),
] as const)
  OURS.addSubnet(net, bits, 'ipv4')
/** Of IPv6 only what is routed worldwide is a host of somebody else's, and of that not what carries an IPv4 address within. */
const WORLDWIDE = new BlockList()
WORLDWIDE.addSubnet('2000::', 3, 'ipv6')
const CARRIERS = new BlockList()
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const)
  CARRIERS.addSubnet(net, bits, 'ipv6')
const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** A question to a server of somebody else's, whose address he chose. */
export interface OutsideRequest {
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  body?: string
  /** All of it: looking the name up, connecting, and reading the answer. */
  timeoutMs: number
  /** Bytes of the answer's body; more is a failure. */
  mostBytes: number
}

export interface OutsideReply {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: string
}

/** True for an address that the bank may be sent to: https, and in a sandbox this very machine by http, too. It carries no name and password. */
export function mayBeAsked(address: string, { isSandbox }: { isSandbox: boolean }): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, username, password } = new URL(address)
  if (username !== '' || password !== '') return false
  const host = hostOf(hostname)
  if (isSandbox && (host === 'localhost' || isWithin(LOOPBACK, host))) return /^https?:$/.test(protocol)
  return protocol === 'https:' && (isIP(host) === 0 ? host !== 'localhost' && host.includes('.') : isOutside(host))
}

/**
 * Asks a server whose address somebody else chose (OWASP: server-side request forgery). The address that is connected to is the one that was checked,
 * so that a name that changes its mind between the two gains nothing; no redirect is followed. Fault for everything but an answer.
 */
export async function askOutside(
  address: string,
  asked: OutsideRequest,
  { isSandbox }: { isSandbox: boolean },
): Promise<OutsideReply> {
  if (!mayBeAsked(address, { isSandbox })) throw new Fault('the address is not one that the bank sends anything to')
  const url = new URL(address)
  const options: RequestOptions = {
    method: asked.method,
    headers: {
      ...asked.headers,
      ...(asked.body === undefined ? {} : { 'content-length': Buffer.byteLength(asked.body) }),
    },
    signal: AbortSignal.timeout(asked.timeoutMs),
    agent: false,
    lookup: checkedLookup(isSandbox),
  }
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => reject(new Fault('a server outside did not answer', { cause }))
    const sent = (url.protocol === 'https:' ? overHttps : overHttp)(url, options, (answer) => {
      const parts: Buffer[] = []
      let bytes = 0
      answer.on('data', (part: Buffer) => {
        bytes += part.length
        parts.push(part)
        if (bytes <= asked.mostBytes) return
        // What comes in one piece with its end would end well before the request is destroyed.
        fail(new Error(`more than ${asked.mostBytes} bytes`))
        sent.destroy()
      })
      answer.on('error', fail)
      answer.on('end', () => {
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(parts).toString('utf8'),
        })
      })
    })
    sent.on('error', fail)
    sent.end(asked.body)
  })
}

/** Looks a name up and hands on only addresses that may be connected to; a name that has others beside them is refused as a whole. */
function checkedLookup(isSandbox: boolean): NonNullable<RequestOptions['lookup']> {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return void done(error, [])
      const allowed = (address: string): boolean => isOutside(address) || (isSandbox && isWithin(LOOPBACK, address))
      if (addresses.length === 0 || !addresses.every(({ address }) => allowed(address)))
        return void done(new Error('the name leads into the bank'), [])
      const [first] = addresses as [{ address: string; family: number }]
      if (options.all === true) done(null, addresses)
      else done(null, first.address, first.family)
    })
  }
}

function isOutside(address: string): boolean {
  if (isIP(address) === 4) return !isWithin(OURS, address)
  return isWithin(WORLDWIDE, address) && !isWithin(CARRIERS, address)
}

function isWithin(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

function hostOf(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
}
