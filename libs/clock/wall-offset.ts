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

const now = (): number => machine.now() + offset_ms

const moved: DateConstructor = new Proxy(machine, {
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === moved ? target : newTarget),
  apply: () => new machine(now()).toString(),
})
