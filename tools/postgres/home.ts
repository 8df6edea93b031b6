import { existsSync } from 'node:fs'
import { SettingsRefused } from '#libs/config/settings.ts'

/** The home of a bank that is there: a tool that is started in another folder is not to make an empty one. */
export function existingHome(home: string): string {
  if (existsSync(home)) return home
  throw new SettingsRefused(`BANKFLOW_HOME: ${home} does not exist; name the home of the bank, or DATABASE_URL`)
}
