import { join } from 'node:path'

const LIBS = join(import.meta.dirname, '..')

/** The migrations of the libraries that every service's database has, in order. */
export const libraryMigrations: readonly string[] = ['sql', 'outbox', 'http', 'jobs', 'service'].map((lib) =>
  join(LIBS, lib, 'migrations'),
)
