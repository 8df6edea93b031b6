/** Connections to the processes of services, each through a proxy (toxiproxy) that can delay and cut them. */
export interface Network {
  readonly names: readonly string[]
  /** Makes a proxy before an address, by which others reach it from now on; its URL. */
  before(name: string, url: string): Promise<string>
  /** Every answer of all of them comes so many milliseconds later. */
  delay(ms: number): Promise<void>
  /** Closes the connections of one of them, and refuses new ones until it is mended. */
  cut(name: string): Promise<void>
  mend(name: string): Promise<void>
  /** No delay and no cut is left. */
  heal(): Promise<void>
}

const TOXIC = 'later'
const ATTEMPTS = 5

/** Drives a toxiproxy by its HTTP API; ports of proxies come from `freePort`. */
export function networkThrough(api: string, freePort: () => Promise<number>): Network {
  const names: string[] = []
  const ask = async (method: string, path: string, body?: object): Promise<void> => {
    const answer = await request(`${api}${path}`, method, body)
    const text = await answer.text()
    // What was asked twice, since the first answer was lost, was done by the first.
    const isDone = (method === 'DELETE' && answer.status === 404) || (method === 'POST' && answer.status === 409)
    if (!answer.ok && !isDone) throw new Error(`toxiproxy refused ${method} ${path}: ${text}`)
  }
  const enable = (name: string, enabled: boolean): Promise<void> => ask('POST', `/proxies/${name}`, { enabled })
  const all = async (each: (name: string) => Promise<void>): Promise<void> => void (await Promise.all(names.map(each)))
  return {
    names,
    async before(name, url) {
      const port = await freePort()
      const { host } = new URL(url)
      await ask('POST', '/proxies', { name, listen: `127.0.0.1:${port}`, upstream: host, enabled: true })
      names.push(name)
      return `http://127.0.0.1:${port}`
    },
    delay: (ms) =>
      all((name) =>
        ask('POST', `/proxies/${name}/toxics`, {
          name: TOXIC,
          type: 'latency',
          stream: 'downstream',
          attributes: { latency: ms },
        }),
      ),
    cut: (name) => enable(name, false),
    mend: (name) => enable(name, true),
    heal: () =>
      all(async (name) => {
        await ask('DELETE', `/proxies/${name}/toxics/${TOXIC}`)
        await enable(name, true)
      }),
  }
}

/** toxiproxy closes a connection after five seconds, whether it was idle or its request was only slow to come. */
async function request(url: string, method: string, body: object | undefined): Promise<Response> {
  const headers = { 'content-type': 'application/json', connection: 'close' }
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(url, init)
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}
