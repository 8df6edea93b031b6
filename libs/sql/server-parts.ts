import type postgres from 'postgres'
import type { ServerPart } from './servers.ts'

/** Asks a server, over a pool of its own that is closed then, whether it is a replica and which history it writes. */
export async function serverParts(sql: postgres.Sql<{ bigint: bigint }>): Promise<ServerPart> {
  try {
    const [row] = await sql<ServerPart[]>`select pg_is_in_recovery() as is_replica,
      case when pg_is_in_recovery() then 0
        else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int end as timeline`
    return row as ServerPart
  } finally {
    void sql.end({ timeout: 1 })
  }
}
