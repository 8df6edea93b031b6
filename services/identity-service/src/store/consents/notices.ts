import { queue } from '#libs/jobs/queue.ts'

/** A third party that is to be told that a consent of its ended. */
export interface EndedNotice {
  consent_id: string
}

/**
 * What third parties are told, on its way. It is tried again for about a day, each time after a longer pause, then it lies with the dead letters:
 * a third party that was away finds out by its tokens, which are worth nothing.
 */
export const consentNotices = queue<EndedNotice>({
  name: 'consent-notices',
  sealed: true,
  retries: 30,
  retryDelayS: 5,
  expireS: 60,
})
