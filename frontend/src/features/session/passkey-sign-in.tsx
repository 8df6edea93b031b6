import Button from '@mui/material/Button'
import Divider from '@mui/material/Divider'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { useAppDispatch } from '../../app/store.ts'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { useSignInWebByPasskeyMutation, useStartPasskeyLoginMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { hasPasskeys } from '../factors/factor-words.ts'
import { passkeyRefusal, signWithPasskey } from '../factors/passkey.ts'
import { begun } from './session-slice.ts'
import { thisBrowser } from './this-browser.ts'

/** Signs in by a passkey alone: no address, no password. Not shown where the browser knows none. */
export function PasskeySignIn(): ReactNode {
  const dispatch = useAppDispatch()
  const [start] = useStartPasskeyLoginMutation()
  const [signIn] = useSignInWebByPasskeyMutation()
  const [refusal, setRefusal] = useState<Refusal>()
  const [isBusy, setBusy] = useState(false)
  if (!hasPasskeys()) return null
  const enter = async (): Promise<Refusal | undefined> => {
    const { data: asked, error } = await start()
    if (asked === undefined) return error as Refusal
    const passkey = await signWithPasskey(asked.options)
    const device_id = thisBrowser()
    const body = { ceremony_id: asked.ceremony_id, passkey, ...(device_id === undefined ? {} : { device_id }) }
    const entered = await signIn({ body })
    if (entered.data?.user !== undefined) dispatch(begun(entered.data.user))
    return entered.error as Refusal | undefined
  }
  return (
    <Stack spacing={2}>
      <Divider>
        <Typography variant="body2" color="textSecondary">
          or
        </Typography>
      </Divider>
      <ErrorSummary refusal={refusal} />
      <Button
        variant="outlined"
        size="large"
        loading={isBusy}
        onClick={async () => {
          setBusy(true)
          setRefusal(await enter().catch(passkeyRefusal))
          setBusy(false)
        }}
      >
        Sign in with a passkey
      </Button>
    </Stack>
  )
}
