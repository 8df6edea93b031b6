import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs that read double-entry text, where this machine has them: named by a variable, or on the path. */
export const BEAN_CHECK = programAt('BEAN_CHECK', 'bean-check')
export const HLEDGER = programAt('HLEDGER', 'hledger')

function programAt(variable: string, name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return process.env[variable] ?? folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}
