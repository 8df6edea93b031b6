import { type BaseQueryFn, createApi, type FetchArgs, fetchBaseQuery } from '@reduxjs/toolkit/query/react'

/** A refusal of the bank as pages show it: what, where, and what became of the money. */
export interface Refusal {
  status: number
  code: string
  title: string
  detail: string
  /** The id that support can search for. */
  reference: string
  outcome?: 'nothing_moved' | 'unknown'
  /** Seconds to wait before trying again, where the bank says so. */
  retry_after_s?: number
  fields: readonly { pointer: string; detail: string }[]
}

const query = fetchBaseQuery({
  baseUrl: '/',
  credentials: 'same-origin',
  prepareHeaders: (headers) => {
    headers.set('x-bankflow', '1')
    headers.set('accept', 'application/json')
  },
})

/** Refusals with 401 that are about what was typed or confirmed just now: the session stands. */
const SESSION_STANDS: ReadonlySet<string> = new Set(['CREDENTIALS_WRONG', 'PASSKEY_WRONG', 'STEP_UP_REQUIRED'])

/** Requests of this page: same origin, session by cookie, refusals in one shape. Only reads are ever repeated by themselves. */
const bankQuery: BaseQueryFn<string | FetchArgs, unknown, Refusal> = async (args, api, extra) => {
  const answer = await query(args, api, extra)
  if (answer.error === undefined) return { data: answer.data }
  const refusal = refusalOf(answer.error.status, answer.error.data)
  const wait = Number(answer.meta?.response?.headers.get('retry-after'))
  const url = typeof args === 'string' ? args : args.url
  if (refusal.status === 401 && !SESSION_STANDS.has(refusal.code) && !url.includes('/auth/web/'))
    api.dispatch({ type: 'session/ended' })
  return { error: wait > 0 ? { ...refusal, retry_after_s: wait } : refusal }
}

function refusalOf(status: number | string, data: unknown): Refusal {
  const problem = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>
  const text = (name: string, otherwise: string): string =>
    typeof problem[name] === 'string' ? (problem[name] as string) : otherwise
  const isSilent = typeof status !== 'number'
  const refusal: Refusal = {
    status: isSilent ? 0 : status,
    code: text('code', isSilent ? 'NO_ANSWER' : 'UNKNOWN'),
    title: text('title', isSilent ? 'The bank did not answer' : 'That did not work'),
    detail: text('detail', isSilent ? 'Check your connection. What you sent may or may not have arrived.' : ''),
    reference: text('correlation_id', ''),
    fields: Array.isArray(problem.errors) ? (problem.errors as Refusal['fields']) : [],
  }
  const { outcome } = problem
  return outcome === 'nothing_moved' || outcome === 'unknown' ? { ...refusal, outcome } : refusal
}

/** What the generated client adds its endpoints to. */
export const baseApi = createApi({ reducerPath: 'bank', baseQuery: bankQuery, endpoints: () => ({}) })
