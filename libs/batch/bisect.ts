/** The fate of one member of a batch. */
export type Outcome<Verdict> = { verdict: Verdict } | { error: unknown }

/**
 * Decides a batch in one transaction. When that was certainly rolled back, its halves are decided apart, down to single members, so that
 * one bad member fails alone. Any other error (an unknown outcome above all) is the fate of every member and nothing is repeated.
 */
export async function runBisected<Item, Verdict>(
  items: readonly Item[],
  decide: (items: readonly Item[]) => Promise<readonly Verdict[]>,
  wasRolledBack: (error: unknown) => boolean,
): Promise<Outcome<Verdict>[]> {
  try {
    const verdicts = await decide(items)
    return verdicts.map((verdict) => ({ verdict }))
  } catch (error) {
    if (items.length <= 1 || !wasRolledBack(error)) return items.map(() => ({ error }))
    const middle = items.length >> 1
    const first = await runBisected(items.slice(0, middle), decide, wasRolledBack)
    const second = await runBisected(items.slice(middle), decide, wasRolledBack)
    return [...first, ...second]
  }
}
