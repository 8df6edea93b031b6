import type { Sql } from '#libs/sql/database.ts'

/** SQL in a service's database. */
export type SqlOf = (service: string) => Sql
