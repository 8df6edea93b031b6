/** How much of the faults a run does. */
export interface Extent {
  readonly length: 'full' | 'short'
  isMeant(fault: string): boolean
}

/** Reads `BANKFLOW_FAULTS`: `full`, or `full:cut,Redis` for the faults alone whose names contain one of these; short when it says nothing. Throws at anything else. */
export function extentOf(setting: string | undefined, faults: readonly string[]): Extent {
  const [kind = '', named] = (setting ?? 'short').split(':')
  if (kind !== 'full' && kind !== 'short')
    throw new Error(`BANKFLOW_FAULTS is ${setting}: it takes full, or full:PART,… of names`)
  const parts = (named ?? '').split(',').map((part) => part.trim())
  const unknown = parts.find((part) => !faults.some((fault) => fault.includes(part)))
  if (unknown !== undefined)
    throw new Error(`BANKFLOW_FAULTS names ${unknown}, which is no fault: ${faults.join('; ')}`)
  return { length: kind, isMeant: (fault) => parts.some((part) => fault.includes(part)) }
}
