import { createSlice, type PayloadAction } from '@reduxjs/toolkit'
import type { GetWebSessionApiResponse } from '../../services/bank-api.ts'

export type User = GetWebSessionApiResponse['user']

interface SessionState {
  /** `asking` until the bank has said whether this browser is signed in. */
  status: 'asking' | 'out' | 'in'
  user: User | undefined
  /** True when a session ended by itself: the sign-in page says so. */
  hasEnded: boolean
}

const slice = createSlice({
  name: 'session',
  initialState: { status: 'asking', user: undefined, hasEnded: false } as SessionState,
  reducers: {
    begun: (state, { payload }: PayloadAction<User>) => {
      Object.assign(state, { status: 'in', user: payload, hasEnded: false })
    },
    ended: (state) => {
      Object.assign(state, { hasEnded: state.status === 'in', status: 'out', user: undefined })
    },
    left: (state) => {
      Object.assign(state, { status: 'out', user: undefined, hasEnded: false })
    },
  },
})

export const sessionReducer = slice.reducer
export const { begun, ended, left } = slice.actions
