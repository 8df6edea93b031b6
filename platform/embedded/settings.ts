/** What the server is told at each start; nothing is ever edited in the data folder. */
export interface SettingsOptions {
  data: string
  logFolder: string
  /** Undefined: loopback. */
  socketFolder: string | undefined
  port: number
  maxConnections: number
  /** As PostgreSQL writes sizes: `128MB`. */
  sharedBuffers: string
  durable: boolean
}

/** The arguments of `postgres`. Sizes suit a laptop: one shared server, small writes, and a crash that recovers in seconds. */
export function serverArguments(options: SettingsOptions): string[] {
  const settings: Record<string, string> = {
    listen_addresses: options.socketFolder === undefined ? '127.0.0.1' : '',
    port: String(options.port),
    unix_socket_directories: options.socketFolder ?? '',
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    max_connections: String(options.maxConnections),
    shared_buffers: options.sharedBuffers,
    wal_level: 'replica',
    checkpoint_timeout: '10min',
    max_wal_size: '1GB',
    min_wal_size: '128MB',
    jit: 'off',
    timezone: 'UTC',
    ...durability(options.durable),
    ...logging(options.logFolder),
  }
  return ['-D', options.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Commits always reach the system before they are confirmed, so that a killed process loses none; `durable` makes that the disk. */
function durability(durable: boolean): Record<string, string> {
  const value = durable ? 'on' : 'off'
  return { synchronous_commit: 'on', fsync: value, full_page_writes: value, ...recovery() }
}

/** After a crash everything has to reach the disk before it is read: by one call where the system has it, not file by file, which takes seconds. */
function recovery(): Record<string, string> {
  return process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}
}

/**
 * The log holds what went wrong, never what customers wrote: `terse` leaves out the details that quote a row's values, and statements
 * are not repeated.
 */
function logging(folder: string): Record<string, string> {
  return {
    logging_collector: 'on',
    log_directory: folder,
    log_filename: 'postgres-%Y%m%d-%H%M%S.log',
    log_rotation_size: '10MB',
    log_rotation_age: '1d',
    log_file_mode: '0600',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %d ',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
  }
}
