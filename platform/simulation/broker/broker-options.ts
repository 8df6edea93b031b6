import type { Chance } from '../../demo/random.ts'
import type { Option } from '../option.ts'
import type { Fate, SimulatedBroker } from './simulated-broker.ts'

/** Takes down what was decided. */
type Note = (kind: string, line: string) => void

/** How calls to the broker end while things break; what is not listed does not happen to such a call. */
const FATES: Readonly<Record<string, readonly (readonly [weight: number, fate: Fate])[]>> = {
  produce: [
    [900, 'well'],
    [25, 'unheard'],
    [15, 'half'],
    [10, 'refused'],
  ],
  poll: [
    [700, 'well'],
    [10, 'unheard'],
    [10, 'refused'],
  ],
  offset: [
    [700, 'well'],
    [25, 'unheard'],
    [15, 'half'],
    [15, 'refused'],
  ],
}

/** What may happen at the broker: calls end well or badly, partitions change hands in the middle of a batch, the dead are missed. */
export function brokerOptions(broker: SimulatedBroker, chance: Chance, faults: number, note: Note): Option[] {
  const options: Option[] = broker.ready().flatMap((call) =>
    (FATES[call.kind] ?? []).map(([weight, fate]) => ({
      weight: fate === 'well' ? weight : weight * faults,
      run: async () => note(call.kind, endingOf(broker, call, fate)),
    })),
  )
  for (const group of broker.groups.values()) {
    if (group.members.length === 0) continue
    const run = async (): Promise<void> => note('rebalance', `${group.name}: ${group.rebalance(chance)}`)
    options.push({ weight: group.isUnsettled ? 300 : 3 * faults, run })
  }
  return [...options, ...missing(broker, note, 100)]
}

/** What happens at the broker when nothing breaks. */
export function calmBrokerOptions(broker: SimulatedBroker, chance: Chance, note: Note): Option[] {
  const calls = broker.ready().map((call) => ({
    weight: 700,
    run: async () => note(call.kind, endingOf(broker, call, 'well')),
  }))
  const unsettled = [...broker.groups.values()].filter(({ isUnsettled, members }) => isUnsettled && members.length > 0)
  const settling = unsettled.map((group) => ({
    weight: 300,
    run: async () => note('rebalance', `${group.name}: ${group.rebalance(chance)}`),
  }))
  return [...calls, ...settling, ...missing(broker, note, 300)]
}

/** The broker finds that a member no longer says anything. */
function missing(broker: SimulatedBroker, note: Note, weight: number): Option[] {
  return broker.lost().map(({ group, member }) => ({
    weight,
    run: async () => {
      group.leave(member)
      note('miss', `${member.actor.name} in ${group.name}`)
    },
  }))
}

function endingOf(broker: SimulatedBroker, call: Parameters<SimulatedBroker['end']>[0], fate: Fate): string {
  return `${call.actor.name} ${call.about} ends ${fate}: ${broker.end(call, fate)}`
}
