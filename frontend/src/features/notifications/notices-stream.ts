const PATH = '/api/v1/notifications/stream'
const LOCK = 'bankflow-notices'
const AGAIN_MS = 3_000

/**
 * Calls `onNotice` for every new notice. Of all tabs of this browser one holds the stream and tells the others, since a browser opens only
 * a few connections to one origin. A dropped stream is taken up again by the browser, with what was missed.
 */
export function openNotices(onNotice: () => void): () => void {
  const channel = new BroadcastChannel(LOCK)
  const leaving = new AbortController()
  channel.onmessage = () => onNotice()
  const tell = (): void => {
    onNotice()
    channel.postMessage('notice')
  }
  navigator.locks.request(LOCK, { signal: leaving.signal }, () => listen(tell, leaving.signal)).catch(() => undefined)
  return () => {
    leaving.abort()
    channel.close()
  }
}

/** Holds the stream until it is left. A stream that the bank refused (the session is over) is closed for good by the browser: tried again later. */
function listen(tell: () => void, leaving: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let source: EventSource | undefined
    let timer: number | undefined
    const open = (): void => {
      source = new EventSource(PATH)
      source.addEventListener('notification', tell)
      source.addEventListener('reset', tell)
      source.onerror = () => {
        if (source?.readyState === EventSource.CLOSED) timer = window.setTimeout(open, AGAIN_MS)
      }
    }
    leaving.addEventListener('abort', () => {
      source?.close()
      window.clearTimeout(timer)
      resolve()
    })
    open()
  })
}
