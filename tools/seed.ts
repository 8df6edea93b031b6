import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SettingsRefused } from '#libs/config/settings.ts'
import { KeyRefused, localKeyProvider } from '#libs/crypto/key-provider.ts'
import { writeServiceKeys } from '#platform/keys.ts'
import { startPlatform } from '#platform/platform.ts'
import { inviteFirstAdmin } from '#platform/sandbox.ts'
import { readPlatformSettings } from '#platform/settings.ts'

const USAGE = `npm run seed -- OPTION
  --master-key FILE      makes a new master key file; never overwrites one
  --service-keys FOLDER  makes a key pair per service: <service>.json (private) and public.json, for a split bank
  --admin EMAIL          makes the first admin of a bank and prints a link, good once within a day, by which the passkey is enrolled
Without an option: starts the bank once, so that its databases and (in a sandbox) its demo users exist, and stops it.`

/** `npm run seed`: what has to exist before a bank can be used. */
try {
  const { values } = parseArgs({
    options: {
      'master-key': { type: 'string' },
      'service-keys': { type: 'string' },
      admin: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) console.log(USAGE)
  else if (values['master-key'] !== undefined) makeMasterKey(resolve(values['master-key']))
  else if (values['service-keys'] !== undefined) await makeServiceKeys(resolve(values['service-keys']))
  else await startOnce(values.admin)
} catch (error) {
  const isRefusal =
    error instanceof SettingsRefused || error instanceof KeyRefused || (error instanceof TypeError && 'code' in error)
  console.error(isRefusal ? `${error.message}\n${USAGE}` : error)
  process.exitCode = 1
}

function makeMasterKey(file: string): void {
  if (existsSync(file))
    throw new KeyRefused(
      `${file} is there already; a master key is never replaced, because what it sealed would be lost`,
    )
  const { keyId } = localKeyProvider({ file, create: true, refuseDevelopmentKey: true })
  console.log(`${file} holds the master key ${keyId}; back it up where the database's back-ups are not`)
}

async function makeServiceKeys(folder: string): Promise<void> {
  await writeServiceKeys(folder)
  console.log(`${folder}: a private key per service for SERVICE_KEY_FILE, and public.json for SERVICE_KEYS`)
}

async function startOnce(admin: string | undefined): Promise<void> {
  const settings = readPlatformSettings(process.env)
  const origin = process.env.BANKFLOW_PUBLIC_ORIGIN ?? `http://localhost:${settings.port}`
  if (admin !== undefined && settings.profile === 'production' && process.env.BANKFLOW_PUBLIC_ORIGIN === undefined)
    throw new SettingsRefused(
      'BANKFLOW_PUBLIC_ORIGIN is not set: the admin’s passkey is bound to the origin of the bank',
    )
  const platform = await startPlatform({ ...settings, port: 0, demo: 'none' }, console.log)
  try {
    if (admin === undefined) return
    const { link, expires_at } = await inviteFirstAdmin(platform.bank, { email: admin, origin })
    console.log(
      `\n  ${admin} is an admin, and signs in with a passkey.\n  Start the bank and open, once, until ${expires_at.toISOString()}:\n  ${link}`,
    )
  } finally {
    await platform.stop()
  }
}
