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

/** Requests of this page: same origin, session by cookie, refusals in one shape. Only reads are ever repeated by themselves. */
const bankQuery: BaseQueryFn<string | FetchArgs, unknown, Refusal> = async (args, api, extra) => {
  const answer = await query(args, api, extra)
  if (answer.error === undefined) return { data: answer.data }
  const refusal = refusalOf(answer.error.status, answer.error.data)
  const url = typeof args === 'string' ? args : args.url
  if (refusal.status === 401 && !url.includes('/auth/web/')) api.dispatch({ type: 'session/ended' })
  return { error: refusal }
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
