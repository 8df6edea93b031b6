import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Public data sets lie beside the project, where a machine has them; none is part of it. */
const FOLDER = join(import.meta.dirname, '../../../shared/data')

/** The path of a file of the public data sets, or undefined on a machine without it: then a test says so and skips. */
export function sharedData(name: string): string | undefined {
  const path = join(FOLDER, name)
  return existsSync(path) ? path : undefined
}
