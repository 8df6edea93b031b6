/** A listener of one user's live notices, as a browser would hear them. */
export interface Listening {
  /** What came so far, oldest first. */
  heard: { id: string; event: string; data: Record<string, string> }[]
  stop(): void
}

/** Opens the stream of server-sent events as the token's user; answers once the line is open. */
export async function listenToNotices(url: string, token: string, lastEventId?: string): Promise<Listening> {
  const leaving = new AbortController()
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
  if (lastEventId !== undefined) headers['last-event-id'] = lastEventId
  const response = await fetch(`${url}/api/v1/notifications/stream`, { headers, signal: leaving.signal })
  if (response.status !== 200) throw new Error(`the stream answered ${response.status}: ${await response.text()}`)
  const heard: Listening['heard'] = []
  void readInto(heard, response.body as ReadableStream<Uint8Array>)
  return { heard, stop: () => leaving.abort() }
}

async function readInto(heard: Listening['heard'], body: ReadableStream<Uint8Array>): Promise<void> {
  let text = ''
  try {
    for await (const chunk of body.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const lines = Object.fromEntries(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
        ) as Record<string, string>
        if (lines.data !== undefined)
          heard.push({ id: lines.id ?? '', event: lines.event ?? 'message', data: JSON.parse(lines.data) })
      }
    }
  } catch {
    // The listener has left.
  }
}
