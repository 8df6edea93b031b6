import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '#libs/config/settings.ts'
import { ImportStopped } from './stopped.ts'

/** The bank that rows go to, for as long as the import runs. */
export interface TargetBank {
  url: string
  /** Stops the bank when it was started for this import. */
  stop(): Promise<void>
}

/** The variable that the password of `--user` is read from; not a setting of the bank. */
export const PASSWORD_VARIABLE = 'BANKFLOW_IMPORT_PASSWORD'

/** A bank that nobody else can reach needs no limits; one import would wait for them most of the time. */
const NO_LIMITS = {
  BANKFLOW_RATE_LIMIT_PER_MINUTE: '1000000',
  BANKFLOW_RATE_LIMIT_SIGN_IN_PER_MINUTE: '1000000',
  BANKFLOW_RATE_LIMIT_MONEY_PER_MINUTE: '1000000',
}

/**
 * The bank at `url`, or at the usual place; when none answers at the usual place, one is started in this process on the data folder of the
 * environment. ImportStopped when there is none.
 */
export async function targetBank(
  url: string | undefined,
  env: Environment,
  say: (line: string) => void,
): Promise<TargetBank> {
  const place = url ?? `http://localhost:${env.PORT ?? 8080}`
  const found = await whatAnswers(place)
  if (found === 'bank') {
    say(`bank: ${place}`)
    return { url: place, stop: () => Promise.resolve() }
  }
  if (found === 'stranger') throw new ImportStopped(`what answers at ${place} is not a bank; name one by --url`)
  if (url !== undefined) throw new ImportStopped(`no bank answers at ${url}`)
  say(`no bank answers at ${place}: starting one for this import, without limits of requests`)
  return startOwn(env, say)
}

async function whatAnswers(url: string): Promise<'bank' | 'stranger' | 'nothing'> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) })
    const body = (await response.json()) as { status?: unknown; version?: unknown }
    return body.status === 'ok' && typeof body.version === 'string' ? 'bank' : 'stranger'
  } catch (error) {
    // A refused connection is a TypeError of fetch; anything else came from somebody who answered, or never would.
    return error instanceof TypeError ? 'nothing' : 'stranger'
  }
}

async function startOwn(env: Environment, say: (line: string) => void): Promise<TargetBank> {
  // Only now, so that an import into a running bank does not load a whole one.
  const { startPlatform } = await import('#platform/platform.ts')
  const { readPlatformSettings } = await import('#platform/settings.ts')
  const { [PASSWORD_VARIABLE]: _ours, ...banks } = env
  const settings = readPlatformSettings({ ...banks, ...NO_LIMITS })
  // A demo bank that was stopped in its history goes on with it; until it has reached today it books nothing for people.
  const demo = existsSync(join(settings.home, 'demo.json')) ? settings.demo : 'none'
  const platform = await startPlatform({ ...settings, port: 0, demo }, say)
  return { url: platform.url, stop: () => platform.stop() }
}
