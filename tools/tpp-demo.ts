import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openShop } from './tpp-demo/shop.ts'

const USAGE = `npm run tpp-demo -- [--bank ORIGIN] [--port N]
A small shop that takes payments from accounts at a sandbox bank (http://localhost:8080 unless told) and shows every message of it.`

/** `npm run tpp-demo`: the payment flow of a third party, from its shop window to the completed transfer. */
const { values } = parseArgs({
  options: {
    bank: { type: 'string', default: 'http://localhost:8080' },
    port: { type: 'string', default: '8090' },
    help: { type: 'boolean' },
  },
})
const port = Number(values.port)
if (values.help === true || !Number.isInteger(port) || port < 0 || port > 65_535) {
  console.log(USAGE)
  process.exitCode = values.help === true ? 0 : 2
} else {
  const home = resolve(process.env.BANKFLOW_HOME ?? '.bankflow')
  mkdirSync(home, { recursive: true })
  try {
    const shop = await openShop({ bank: new URL(values.bank).origin, port, file: join(home, 'tpp-demo.json') })
    console.log(
      `${shop.url}   a shop that is paid through ${values.bank}; it is client ${shop.client_id}. Ctrl-C closes it`,
    )
    process.once('SIGINT', () => void shop.close())
    process.once('SIGTERM', () => void shop.close())
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(USAGE)
    process.exitCode = 1
  }
}
