import CircularProgress from '@mui/material/CircularProgress'
import Stack from '@mui/material/Stack'
import { type ReactNode, useEffect } from 'react'
import { useAppDispatch, useAppSelector } from '../../app/store.ts'
import { bankApi, useGetWebSessionQuery } from '../../services/bank-api.ts'
import { begun, ended } from './session-slice.ts'
import { SignInPage } from './sign-in-page.tsx'

/** Shows the bank to whoever is signed in, and the sign-in page to everybody else. */
export function SessionGate({ children }: { children: ReactNode }): ReactNode {
  const dispatch = useAppDispatch()
  const status = useAppSelector((state) => state.session.status)
  const { data, isError } = useGetWebSessionQuery(undefined, { skip: status !== 'asking' })
  useEffect(() => {
    if (data !== undefined && status === 'asking') dispatch(begun(data.user))
    if (isError && status === 'asking') dispatch(ended())
  }, [data, isError, status, dispatch])
  useEffect(() => {
    // What one person saw is not there for the next one at this screen.
    if (status === 'out') dispatch(bankApi.util.resetApiState())
  }, [status, dispatch])
  if (status === 'in') return children
  if (status === 'out') return <SignInPage />
  return (
    <Stack
      role="status"
      aria-label="Loading"
      sx={{ minHeight: '60vh', alignItems: 'center', justifyContent: 'center' }}
    >
      <CircularProgress />
    </Stack>
  )
}
