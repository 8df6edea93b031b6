import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { signJwt } from '#libs/crypto/jwt.ts'
import type { SigningKey } from '#libs/crypto/signing-keys.ts'
import type { LoadResult } from './http-load.ts'

/** Blanks that the generator of load fills in anew in every request; as long as what they stand for, so that lengths hold. */
export const NEW_UUID = '{uuid------------------------------}'
export const NEXT_ID = '{next------------------------------}'

const TOKEN_TTL_S = 600

export interface LoadOptions {
  port: number
  /** See http-load.ts. */
  ports?: readonly number[]
  clients: number
  seconds: number
  /** See http-load.ts. */
  requests: string[]
  ids?: readonly string[]
  rate_per_s?: number
  okStatus: number
  counted?: string
}

/** Load from a process of its own, so that the client's work is not counted as the bank's. */
export async function httpLoad(options: LoadOptions): Promise<LoadResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'http-load.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  child.stdin.end(JSON.stringify({ host: '127.0.0.1', ...options }))
  await once(child, 'exit')
  const result = JSON.parse(output) as LoadResult
  if (result.failed + result.later > 0)
    console.log(
      `  ${result.failed} requests failed, ${result.later} had to come later: ${JSON.stringify(result.statuses)}`,
    )
  if (result.unanswered > 0) console.log(`  ${result.unanswered} requests were never answered`)
  return result
}

/** A request as the text that goes over the socket. */
export function request(method: string, path: string, headers: Record<string, string>, body?: unknown): string {
  const text = body === undefined ? '' : JSON.stringify(body)
  const lines = Object.entries({
    host: '127.0.0.1',
    ...headers,
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
  })
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`
}

/** The header by which a service shows who it is. */
export function serviceBearer(from: string, to: string, key: SigningKey): { authorization: string } {
  const claims = { iss: from, aud: to, sub: null, acting: {} }
  const now_s = Math.floor(Date.now() / 1000)
  return { authorization: `Bearer ${signJwt(claims, { key, typ: 'service+jwt', ttl_s: TOKEN_TTL_S, now_s })}` }
}
