import { integer } from '#libs/config/kinds.ts'
import { declareSettings, type Environment, readSettings, SettingsRefused } from '#libs/config/settings.ts'
import type { Profile } from '#libs/service/service.ts'

const DAY_MS = 86_400_000

/** How a process of the bank takes connections, stops, and tells the time. */
export const processSettings = declareSettings({
  max_connections: integer({
    env: 'BANKFLOW_MAX_CONNECTIONS',
    default: 10_000,
    min: 1,
    max: 1_000_000,
    describe: 'connections of clients that are open at a time; more are closed at once',
  }),
  drain_delay_s: integer({
    env: 'BANKFLOW_DRAIN_DELAY_S',
    default: 0,
    min: 0,
    max: 300,
    describe:
      'seconds that a stop goes on answering after /ready has begun to say 503, so that whoever spreads requests has seen it; for a bank of several processes',
  }),
  drain_s: integer({
    env: 'BANKFLOW_DRAIN_S',
    default: 10,
    min: 1,
    max: 300,
    describe: 'seconds that a stop waits for what is under way before it cuts connections off',
  }),
  wall_offset_ms: integer({
    env: 'BANKFLOW_WALL_OFFSET_MS',
    default: 0,
    min: -DAY_MS,
    max: DAY_MS,
    describe: 'how far the clock of this process is off, to see a bank bear it; refused in production',
  }),
})

export interface ProcessSettings {
  maxConnections: number
  drainDelayS: number
  drainS: number
  wallOffsetMs: number
}

/** Reads them; throws SettingsRefused for a wrong clock in production. */
export function processOf(env: Environment, profile: Profile): ProcessSettings {
  const { max_connections, drain_delay_s, drain_s, wall_offset_ms } = readSettings(processSettings, env)
  if (profile === 'production' && wall_offset_ms !== 0)
    throw new SettingsRefused('BANKFLOW_WALL_OFFSET_MS: a production bank tells the right time; unset it')
  return {
    maxConnections: max_connections,
    drainDelayS: drain_delay_s,
    drainS: drain_s,
    wallOffsetMs: wall_offset_ms,
  }
}
