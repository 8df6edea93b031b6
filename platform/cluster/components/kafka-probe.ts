import { connect } from 'node:net'

const METADATA = 3
const VERSION = 1
const TIMEOUT_MS = 3_000

/**
 * How many brokers the broker at this port of loopback knows to be alive, with a controller over them; 0 while there is none. Asks by
 * Kafka's own protocol (Metadata, version 1, for no topics); rejects when nobody answers.
 */
export async function brokersSeenBy(port: number): Promise<number> {
  const answer = await ask(port, metadataRequest())
  const count = answer.readInt32BE(4)
  let at = 8
  for (let i = 0; i < count; i++) {
    at += 4
    at += 2 + answer.readInt16BE(at)
    at += 4
    at += 2 + Math.max(0, answer.readInt16BE(at))
  }
  return answer.readInt32BE(at) < 0 ? 0 : count
}

function metadataRequest(): Buffer {
  const client = Buffer.from('probe')
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4)
  request.writeInt32BE(request.length - 4, 0)
  request.writeInt16BE(METADATA, 4)
  request.writeInt16BE(VERSION, 6)
  request.writeInt32BE(1, 8)
  request.writeInt16BE(client.length, 12)
  client.copy(request, 14)
  return request
}

/** The answer behind its length. */
function ask(port: number, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request))
    const fail = (reason: string): void => {
      socket.destroy()
      reject(new Error(reason))
    }
    socket.setTimeout(TIMEOUT_MS, () => fail('no answer in time'))
    socket.on('error', (error) => fail(error.message))
    socket.on('close', () => fail('closed without an answer'))
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      const all = Buffer.concat(chunks)
      if (all.length < 4 || all.length < 4 + all.readInt32BE(0)) return
      resolve(all.subarray(4))
      socket.destroy()
    })
  })
}
