import type { Place } from '#platform/embedded/place.ts'
import { serverArguments } from '#platform/embedded/settings.ts'
import { archiveCommand } from './archive.ts'

/** The role that replicas come to their primary as. */
export const REPLICATOR = 'bankflow_replicator'

/** The slot that keeps the log for a replica on whoever is its primary. */
export function slotOf(name: string): string {
  return `bankflow_${name}`
}

/** The text of `primary_conninfo`: where the primary is, and under which name its commits wait for this replica. */
export function conninfo(at: { port: number; name: string; password: string }): string {
  return `host=127.0.0.1 port=${at.port} user=${REPLICATOR} password=${at.password} application_name=${at.name} connect_timeout=5 keepalives_idle=5 keepalives_interval=2 keepalives_count=3`
}

/**
 * The arguments of one server. All three have the same, so that each can take any part: whoever is primary confirms a commit when one of the
 * others has it on its disk (ANY 1), so that the loss of one replica stops nothing and the loss of the primary loses nothing.
 */
export function memberArguments(options: {
  name: string
  place: Place
  port: number
  archive: string | undefined
  archive_timeout_s?: number
  maxConnections?: number
  sharedBuffers?: string
  durable?: boolean
}): string[] {
  const { archive } = options
  const settings: Record<string, string> = {
    synchronous_standby_names: 'ANY 1 (one, two, three)',
    cluster_name: options.name,
    max_wal_senders: '12',
    max_replication_slots: '12',
    // A replica that is away for long is made anew rather than let the primary's disk fill.
    max_slot_wal_keep_size: '2GB',
    wal_keep_size: '64MB',
    hot_standby: 'on',
    hot_standby_feedback: 'on',
    wal_receiver_status_interval: '1s',
    wal_receiver_timeout: '10s',
    wal_sender_timeout: '10s',
    wal_retrieve_retry_interval: '250ms',
    // A half-made connection of a client that was cut off must not hold what it locked.
    tcp_keepalives_idle: '10',
    tcp_keepalives_interval: '5',
    tcp_keepalives_count: '3',
    ...(archive === undefined
      ? {}
      : {
          archive_mode: 'on',
          archive_command: archiveCommand(archive),
          archive_timeout: `${options.archive_timeout_s ?? 60}s`,
        }),
  }
  const base = serverArguments({
    data: options.place.data,
    logFolder: options.place.log,
    socketFolder: undefined,
    port: options.port,
    maxConnections: options.maxConnections ?? 300,
    sharedBuffers: options.sharedBuffers ?? '64MB',
    durable: options.durable ?? true,
  })
  return [...base, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}
