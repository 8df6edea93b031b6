import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import type { ReactNode } from 'react'
import { useForm } from 'react-hook-form'
import { useAppDispatch } from '../../app/store.ts'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { Field } from '../../components/field.tsx'
import { useReadSandboxClockQuery, useSignInWebMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import type { FactorWord } from '../factors/factor-words.ts'
import { begun } from './session-slice.ts'
import { thisBrowser } from './this-browser.ts'

const DEMO = { email: 'customer1@demo.bankflow.test', password: 'Demo-bank-2026' }

/** A sign-in whose password was right, and that still lacks its second factor. */
export interface HalfWay {
  challenge_id: string
  factors: readonly FactorWord[]
}

/** Address and password. */
export function PasswordForm({ onHalfWay }: { onHalfWay(halfWay: HalfWay): void }): ReactNode {
  const dispatch = useAppDispatch()
  const [signIn, { error, isLoading }] = useSignInWebMutation()
  const { register, handleSubmit, setValue, formState } = useForm({ defaultValues: { email: '', password: '' } })
  const submit = handleSubmit(async ({ email, password }) => {
    const device_id = thisBrowser()
    const body = { email: email.trim(), password }
    const { data } = await signIn({ body: device_id === undefined ? body : { ...body, device_id } })
    if (data?.user !== undefined) dispatch(begun(data.user))
    else if (data?.challenge_id !== undefined)
      onHalfWay({ challenge_id: data.challenge_id, factors: data.factors ?? [] })
  })
  return (
    <Stack component="form" spacing={2} onSubmit={submit} noValidate>
      <ErrorSummary refusal={error as Refusal | undefined} />
      <Field
        id="email"
        label="E-mail address"
        type="email"
        autoComplete="username"
        error={formState.errors.email?.message}
        {...register('email', { required: 'Enter your e-mail address' })}
      />
      <Field
        id="password"
        label="Password"
        type="password"
        autoComplete="current-password"
        error={formState.errors.password?.message}
        {...register('password', { required: 'Enter your password' })}
      />
      <Button type="submit" variant="contained" size="large" loading={isLoading}>
        Sign in
      </Button>
      <SandboxHint
        onFill={() => {
          setValue('email', DEMO.email)
          setValue('password', DEMO.password)
        }}
      />
    </Stack>
  )
}

/** The published sign-ins. The clock to move is there in a sandbox only, and so are they. */
function SandboxHint({ onFill }: { onFill(): void }): ReactNode {
  const { isSuccess: isSandbox } = useReadSandboxClockQuery()
  if (!isSandbox) return null
  return (
    <Alert
      severity="info"
      icon={false}
      sx={{ '& .MuiAlert-message': { overflow: 'visible', overflowWrap: 'anywhere' } }}
      action={
        <Button color="inherit" size="small" onClick={onFill}>
          Fill in
        </Button>
      }
    >
      This is a sandbox. Sign in as
      <br />
      {DEMO.email}
      <br />
      password {DEMO.password}
    </Alert>
  )
}
