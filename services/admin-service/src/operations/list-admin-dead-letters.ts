import { listAdminDeadLetters as contract } from '#contracts/api/admin.ts'
import { implementRead } from '../config.ts'
import { askServices, knownService } from '../upkeep.ts'

/** Parked events of one service or of all, oldest first; services that do not answer in time are named. */
export const listAdminDeadLetters = implementRead(contract, {
  async read({ query: { service } }, { own, ...client }) {
    const asked = service === undefined ? own.services : [knownService(own, service)]
    const answers = await askServices(asked, client, own)
    const letters = answers.flatMap(({ service: name, upkeep }) =>
      (upkeep?.items ?? []).map((letter) => ({ service: name, ...letter })),
    )
    const items = letters.sort((a, b) => Date.parse(a.parked_at) - Date.parse(b.parked_at))
    return { items, unreachable: answers.flatMap((answer) => (answer.upkeep === undefined ? [answer.service] : [])) }
  },
})
