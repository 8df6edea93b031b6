import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { useAppDispatch, useAppSelector } from '../../app/store.ts'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { Field } from '../../components/field.tsx'
import { usePageTitle } from '../../components/page-title.ts'
import { useReadSandboxClockQuery, useSignInWebMutation, useVerifyFactorWebMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { begun } from './session-slice.ts'
import { thisBrowser } from './this-browser.ts'

const DEMO = { email: 'customer1@demo.bankflow.test', password: 'Demo-bank-2026' }

/** Signs in by address and password and, where there is one, a second factor. */
export function SignInPage(): ReactNode {
  usePageTitle('Sign in')
  const hasEnded = useAppSelector((state) => state.session.hasEnded)
  const [challenge, setChallenge] = useState<string>()
  return (
    <Stack component="main" sx={{ minHeight: '100vh', alignItems: 'center', justifyContent: 'center', p: 2 }}>
      <Paper sx={{ p: { xs: 3, sm: 4 }, width: '100%', maxWidth: 420 }}>
        <Stack spacing={2.5}>
          <Typography variant="h1" tabIndex={-1}>
            Sign in to BankFlow
          </Typography>
          {hasEnded && <Alert severity="info">Your session has ended. Sign in again to go on.</Alert>}
          {challenge === undefined ? (
            <PasswordForm onChallenge={setChallenge} />
          ) : (
            <FactorForm challenge_id={challenge} />
          )}
        </Stack>
      </Paper>
    </Stack>
  )
}

function PasswordForm({ onChallenge }: { onChallenge(challenge_id: string): void }): ReactNode {
  const dispatch = useAppDispatch()
  const [signIn, { error, isLoading }] = useSignInWebMutation()
  // The clock to move is there in a sandbox only, and so are the published sign-ins.
  const { isSuccess: isSandbox } = useReadSandboxClockQuery()
  const { register, handleSubmit, setValue, formState } = useForm({ defaultValues: { email: '', password: '' } })
  const submit = handleSubmit(async (body) => {
    const device_id = thisBrowser()
    const answer = await signIn({ body: device_id === undefined ? body : { ...body, device_id } })
    if (answer.data?.status === 'MFA_REQUIRED' && answer.data.challenge_id !== undefined)
      onChallenge(answer.data.challenge_id)
    else if (answer.data?.user !== undefined) dispatch(begun(answer.data.user))
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
      {isSandbox && (
        <Alert
          severity="info"
          icon={false}
          sx={{ '& .MuiAlert-message': { overflow: 'visible', overflowWrap: 'anywhere' } }}
          action={
            <Button
              color="inherit"
              size="small"
              onClick={() => {
                setValue('email', DEMO.email)
                setValue('password', DEMO.password)
              }}
            >
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
      )}
    </Stack>
  )
}

function FactorForm({ challenge_id }: { challenge_id: string }): ReactNode {
  const dispatch = useAppDispatch()
  const [verify, { error, isLoading }] = useVerifyFactorWebMutation()
  const { register, handleSubmit, formState } = useForm({ defaultValues: { code: '' } })
  const submit = handleSubmit(async ({ code }) => {
    const answer = await verify({ body: { challenge_id, code: code.trim() } })
    if (answer.data?.user !== undefined) dispatch(begun(answer.data.user))
  })
  return (
    <Stack component="form" spacing={2} onSubmit={submit} noValidate>
      <ErrorSummary refusal={error as Refusal | undefined} />
      <Field
        id="code"
        label="Code of your authenticator app, or a recovery code"
        autoComplete="one-time-code"
        error={formState.errors.code?.message}
        {...register('code', { required: 'Enter the code' })}
      />
      <Button type="submit" variant="contained" size="large" loading={isLoading}>
        Go on
      </Button>
    </Stack>
  )
}
