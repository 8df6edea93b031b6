/**
 * Runs `work` at once, and then no more often than every `ms`: what is asked for meanwhile is done once at the end of the pause. The second
 * function takes back what is still to come.
 */
export function atMostEvery(ms: number, work: () => void): [run: () => void, cancel: () => void] {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isWanted = false
  const pause = (): void => {
    timer = setTimeout(() => {
      timer = undefined
      if (!isWanted) return
      isWanted = false
      work()
      pause()
    }, ms)
  }
  const run = (): void => {
    if (timer !== undefined) {
      isWanted = true
      return
    }
    work()
    pause()
  }
  return [run, () => clearTimeout(timer)]
}
