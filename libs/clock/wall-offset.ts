/** The machine's own clock, whatever was done to `Date` since. */
const machine = globalThis.Date
let offset_ms = 0

/**
 * Moves what everything in this process takes for the time by `ms`, libraries included: `Date.now()` and `new Date()`. For a machine whose clock is
 * wrong; what measures durations (`performance.now`, timers) is not touched. Moves add up, so that `-ms` undoes one.
 */
export function moveWallClock(ms: number): void {
  // Whole milliseconds, as every other clock: ids are made of them.
  offset_ms += Math.round(ms)
  globalThis.Date = offset_ms === 0 ? machine : moved
}

/** Milliseconds since 1970 by the machine's clock, with its moves: the same as `Date.now()`, whatever else is put in the place of `Date`. */
export const wallNowMs = (): number => machine.now() + offset_ms

const moved: DateConstructor = new Proxy(machine, {
  get: (target, name, receiver) => (name === 'now' ? wallNowMs : Reflect.get(target, name, receiver)),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [wallNowMs()] : args, newTarget === moved ? target : newTarget),
  apply: () => new machine(wallNowMs()).toString(),
})
