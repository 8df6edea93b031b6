import assert from 'node:assert/strict'
import { anonymous } from '#libs/contract/client.ts'
import type { RawReply } from '#libs/http/raw-messages.ts'
import { Problem } from '#libs/problem/problem.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { service } from '../src/service.ts'
import type { Send, Sent } from './pages-driver.ts'

/** Raw operations of identity as if a browser or a third party asked for them at an origin, without a socket. */
export function rawDoor(bank: ServiceTest, certificate: string | null = null): Send {
  return async (asked) => {
    const { origin, pathname, search } = new URL(asked.url)
    const path = pathname.replace(/^\/api\/v1/, '')
    for (const { contract } of service.operations) {
      const params = contract.raw && contract.method === asked.method ? paramsIn(contract.path, path) : null
      if (params === null) continue
      const raw = {
        ...{ method: asked.method, path: pathname, query: search.slice(1), params, headers: asked.headers },
        ...{ body: asked.body, origin, ip_hash: null, client_certificate: certificate },
      }
      const executor = bank.runtime.executorOf(contract)
      assert.ok(executor)
      const input = { params, query: {}, body: {} }
      try {
        const { reply } = await executor.execute({ input, caller: anonymous, trace: newTrace(), raw })
        return sentOf(reply as RawReply)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        return { status: error.kind.status, headers: {}, cookies: [], text: JSON.stringify(error.kind) }
      }
    }
    throw new assert.AssertionError({ message: `nobody answers ${asked.method} ${pathname}` })
  }
}

function paramsIn(pattern: string, path: string): Record<string, string> | null {
  const names = [...pattern.matchAll(/:([a-z_]+)/g)].map(([, name]) => name as string)
  const found = new RegExp(`^${pattern.replaceAll(/:[a-z_]+/g, '([^/]+)')}$`).exec(path)
  return found && Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1] as string)]))
}

function sentOf({ status, headers, body }: RawReply): Sent {
  const { 'set-cookie': cookies = [], ...others } = headers
  const texts = Object.fromEntries(Object.entries(others).map(([name, value]) => [name, String(value)]))
  return { status, headers: texts, cookies: [cookies].flat(), text: body }
}
