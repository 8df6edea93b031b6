import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeConfigurations } from './conformance/write.ts'

const USAGE = `npm run conformance -- [--bank ORIGIN] [--suite ORIGIN] [--authority FOLDER] [--out FOLDER]
Registers the clients of the OpenID Foundation's conformance suite at a bank in the profile "conformance", makes their keys and certificates,
and writes a configuration of the suite for every plan (docs/conformance.md).

  --bank ORIGIN       where this machine reaches the bank; http://localhost:8080 without it
  --suite ORIGIN      where the suite runs; https://localhost.emobix.co.uk:8443 without it
  --authority FOLDER  where the bank keeps the authority of its second door; the folder mtls of BANKFLOW_HOME without it
  --out FOLDER        what is written goes there, private keys among it; conformance in BANKFLOW_HOME without it`

/** `npm run conformance`. */
const home = resolve(process.env.BANKFLOW_HOME ?? '.bankflow')
try {
  const { values } = parseArgs({
    options: {
      bank: { type: 'string', default: 'http://localhost:8080' },
      suite: { type: 'string', default: 'https://localhost.emobix.co.uk:8443' },
      authority: { type: 'string', default: join(home, 'mtls') },
      out: { type: 'string', default: join(home, 'conformance') },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) console.log(USAGE)
  else {
    const authority = resolve(values.authority)
    await writeConfigurations({
      bank: new URL(values.bank).origin,
      suite: new URL(values.suite).origin,
      authority: existsSync(join(authority, 'ca-key.pem')) ? authority : undefined,
      out: resolve(values.out),
      say: (line) => console.log(line),
    })
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.error(USAGE)
  process.exitCode = 1
}
