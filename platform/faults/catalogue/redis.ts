import type { Fault } from '../fault.ts'
import type { ClusterField } from '../field.ts'

export const redisKilled: Fault<ClusterField> = {
  name: 'Redis killed',
  lasts_s: { full: 30, short: 10 },
  async begin({ redis }) {
    if (redis === undefined) throw new Error('there is no Redis to do a fault to')
    await redis.kill()
    return () => redis.restart()
  },
}
