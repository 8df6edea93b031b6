import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { askOutside, mayBeAsked } from './outside.ts'

const IN_PRODUCTION = { isSandbox: false }
const IN_SANDBOX = { isSandbox: true }
const asked = { method: 'POST', headers: {}, body: 'x', timeoutMs: 2_000, mostBytes: 100 } as const

describe('askOutside', () => {
  test('ASVS 5.2.6: no address leads into the bank: none of its networks, however it is written, none without https', async () => {
    for (const address of [
      ...[
        'http://shop.example/',
        'ftp://shop.example/',
        'https://localhost/',
        'https://127.0.0.1/',
        'https://2130706433/',
      ],
      ...[
        'https://0x7f.1/',
        'https://10.1.2.3/',
        'https://192.168.0.1/',
        'https://172.16.0.1/',
        'https://169.254.169.254/',
      ],
      ...[
        'https://[::1]/',
        'https://[::ffff:10.0.0.1]/',
        'https://[fd00::1]/',
        'https://[fe80::1]/',
        'https://[64:ff9b::a00:1]/',
      ],
      ...[
        'https://100.64.0.1/',
        'https://0.0.0.0/',
        'https://bank/',
        'https://user:secret@shop.example/',
        'nonsense',
        'file:///etc/passwd',
      ],
    ]) {
      assert.equal(mayBeAsked(address, IN_PRODUCTION), false, address)
      await assert.rejects(askOutside(address, asked, IN_PRODUCTION), { name: 'Fault' })
    }
    for (const address of ['https://shop.example/events', 'https://93.184.216.34/', 'https://[2606:2800:220::1]:8443/'])
      assert.equal(mayBeAsked(address, IN_PRODUCTION), true, address)
    for (const address of ['http://localhost:4000/', 'http://127.0.0.1:1/', 'http://[::1]:1/'])
      assert.equal(mayBeAsked(address, IN_SANDBOX), true, address)
    for (const address of ['http://10.0.0.1/', 'http://shop.example/'])
      assert.equal(mayBeAsked(address, IN_SANDBOX), false)
  })

  test('a name that leads into the bank is not connected to', async () => {
    // Resolved by this machine, to this machine: in production that is the bank itself.
    await assert.rejects(askOutside('https://localhost.localdomain:1/', asked, IN_PRODUCTION), (error: Error) => {
      assert.match(String((error.cause as Error).message), /leads into the bank|ENOTFOUND|EAI_AGAIN/)
      return true
    })
  })

  test('an answer that is too long, or none in time, is a failure; a redirect is an answer and not followed', async (t) => {
    const server = createServer((request, response) => {
      if (request.url === '/long') response.end('y'.repeat(101))
      else if (request.url === '/elsewhere') response.writeHead(302, { location: '/long' }).end()
      else if (request.url === '/short') response.end('y'.repeat(100))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    const at = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    assert.equal((await askOutside(at('/short'), asked, IN_SANDBOX)).body.length, 100)
    assert.equal((await askOutside(at('/elsewhere'), asked, IN_SANDBOX)).status, 302)
    await assert.rejects(askOutside(at('/long'), asked, IN_SANDBOX), { name: 'Fault' })
    await assert.rejects(askOutside(at('/never'), { ...asked, timeoutMs: 50 }, IN_SANDBOX), { name: 'Fault' })
  })
})
