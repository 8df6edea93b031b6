/** Stories that start banks of their own kind, so that a cluster in their place would prove nothing; and why. */
export const STORIES_OF_ONE_PROCESS: Readonly<Record<string, string>> = {
  'business-month': 'a month on the bank clock: hours of the calendar, in which the same calls are made day by day',
  'conformance-profile': 'the profile conformance is of one process',
  crash: 'kills a bank of one process',
  'ledger-kill': 'kills a ledger in the middle of its statements',
  'mtls-door': 'the second door of a bank of one process; its files lie in that home',
  split: 'is a bank of two processes already',
  traces: 'follows one transfer through the processes of a bank that it splits itself',
}

/** Whether a test file is a story that `openBank` tells on many processes. */
export function isStoryOnCluster(file: string): boolean {
  const story = /^platform\/stories\/(.+)\.test\.ts$/.exec(file)?.[1]
  return story !== undefined && STORIES_OF_ONE_PROCESS[story] === undefined
}
