import { listServices as contract } from '#contracts/api/admin.ts'
import { implementRead } from '../config.ts'
import { askServices } from '../upkeep.ts'

/** Every service: whether it answers, how many events it has parked (a thousand at most), how many of its acts are not in the trail yet. */
export const listServices = implementRead(contract, {
  async read(_input, { own, ...client }) {
    const answers = await askServices(own.services, client, own)
    const items = answers.map(({ service, upkeep }) => ({
      service,
      is_reachable: upkeep !== undefined,
      dead_letters: upkeep?.items.length ?? 0,
      lag: upkeep?.unaudited ?? 0,
    }))
    return { items }
  },
})
