/** One exchange with the bank, or one redirect of the browser, as the shop's page shows it. */
export interface Message {
  /** Who sends it to whom. */
  from: 'shop' | 'browser'
  title: string
  request: string
  response: string
  /** Tokens that it carried, taken apart. */
  tokens: { name: string; header: unknown; claims: unknown }[]
}

const JWT = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g
const LONGEST_SHOWN = 60

/** Keeps what a `fetch` sends and gets, in order. The page shows every message of a payment; tokens are shortened and decoded beside it. */
export function recordingFetch(record: (message: Message) => void): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const sent = await request.clone().text()
    const response = await fetch(request)
    const got = await response.clone().text()
    record({
      from: 'shop',
      title: titleOf(new URL(request.url).pathname, request.method),
      request: textOf(
        `${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`,
        request.headers,
        sent,
      ),
      response: textOf(`${response.status} ${response.statusText}`, response.headers, got),
      tokens: [...tokensIn('sent', `${sent} ${[...request.headers.values()].join(' ')}`), ...tokensIn('answered', got)],
    })
    return response
  }
}

/** A redirect of the browser, which the shop only sees the end of. */
export function redirectOf(title: string, url: URL): Message {
  const lines = [...url.searchParams].map(([name, value]) => `  ${name} = ${shortened(value)}`)
  const request = [`GET ${url.origin}${url.pathname}`, ...lines].join('\n')
  return { from: 'browser', title, request, response: '', tokens: tokensIn('in the address', url.search) }
}

const TITLES: readonly [RegExp, string][] = [
  [/\/\.well-known\//, 'The shop reads where the bank answers and what it takes (discovery)'],
  [/\/auth\/login$/, 'The shop signs in as a customer of the bank, to learn its own account number'],
  [/\/oauth-clients\/registration-tokens$/, 'The bank hands out the right to register one third party'],
  [/\/auth\/register-client/, 'The shop registers with its public key'],
  [/\/auth\/par$/, 'The shop pushes the signed payment request to the bank'],
  [/\/auth\/token$/, 'The shop exchanges the code for an access token, bound to its key'],
  [/\/auth\/jwks$/, "The shop fetches the bank's public keys"],
  [/\/transactions\/transfer$/, 'The shop makes the payment that the customer confirmed, once'],
  [/\/transactions\//, 'The shop looks at what became of the payment'],
]

function titleOf(path: string, method: string): string {
  return TITLES.find(([pattern]) => pattern.test(path))?.[1] ?? `${method} ${path}`
}

const SHOWN_HEADERS = [
  'authorization',
  'content-type',
  'dpop',
  'idempotency-key',
  'prefer',
  'location',
  'www-authenticate',
]

function textOf(first: string, headers: Headers, body: string): string {
  const lines = SHOWN_HEADERS.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [`${name}: ${shortened(value)}`]
  })
  return [first, ...lines, ...(body === '' ? [] : ['', bodyText(headers.get('content-type') ?? '', body)])].join('\n')
}

function bodyText(type: string, body: string): string {
  if (type.includes('x-www-form-urlencoded'))
    return [...new URLSearchParams(body)].map(([name, value]) => `${name} = ${shortened(value)}`).join('\n')
  try {
    const value: unknown = JSON.parse(body)
    return shortenedTokens(JSON.stringify(hidden(value), null, 2))
  } catch {
    return shortenedTokens(body)
  }
}

/** A password is shown to nobody, not even by a demo. */
function hidden(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'password' in value ? { ...value, password: '…' } : value
}

function shortened(value: string): string {
  const text = shortenedTokens(value)
  return text.length > LONGEST_SHOWN * 4 ? `${text.slice(0, LONGEST_SHOWN * 4)}…` : text
}

function shortenedTokens(text: string): string {
  return text.replace(JWT, (token) => `${token.slice(0, LONGEST_SHOWN)}…`)
}

function tokensIn(where: string, text: string): Message['tokens'] {
  return [...new Set(text.match(JWT) ?? [])].map((token) => {
    const [header = '', claims = ''] = token.split('.', 2)
    const [head, body] = [decoded(header), decoded(claims)]
    return { name: `${nameOf(head, body)}, ${where}`, header: head, claims: body }
  })
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
}

function nameOf(header: Record<string, unknown>, claims: Record<string, unknown>): string {
  switch (header.typ) {
    case 'dpop+jwt':
      return 'DPoP proof: that the shop holds its key'
    case 'oauth-authz-req+jwt':
      return 'Request object: what the shop asks for, signed'
    case 'at+jwt':
      return 'Access token'
    default:
      return 'nonce' in claims ? 'ID token' : 'Client assertion: that it is this shop'
  }
}
