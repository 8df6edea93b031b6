import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useId, useState } from 'react'
import { useForm } from 'react-hook-form'
import { Field } from '../../components/field.tsx'
import type { WayProps } from './factor-words.ts'
import { checkCode, cleanCode, isSent } from './factor-words.ts'

type CodeWord = 'TOTP' | 'SMS' | 'EMAIL' | 'RECOVERY_CODE'

const LABELS: Readonly<Record<CodeWord, string>> = {
  TOTP: 'Code from your authenticator app',
  SMS: 'Code from the text message',
  EMAIL: 'Code from the e-mail',
  RECOVERY_CODE: 'Recovery code',
}

/** A code: of an app or a list at once, by text or mail after it was sent. */
export function CodeWay({ way, submit, offered, before, ask, answer }: WayProps & { way: CodeWord }): ReactNode {
  const id = useId()
  const { register, handleSubmit, formState } = useForm({ defaultValues: { code: '' } })
  const isAwaited = isSent(way) && offered === undefined
  if (isAwaited) return <SendCode way={way} ask={ask} />
  const send = handleSubmit(async ({ code }) => {
    await answer({ code: cleanCode(code) })
  })
  return (
    <Stack component="form" spacing={2} onSubmit={send} noValidate>
      {before}
      {offered?.sent_to !== undefined && (
        <Typography role="status" sx={{ overflowWrap: 'anywhere' }}>
          We sent a code to {offered.sent_to}. It is good for some minutes.
        </Typography>
      )}
      <Field
        id={id}
        label={LABELS[way]}
        autoComplete="one-time-code"
        {...(way === 'RECOVERY_CODE' ? {} : { inputMode: 'numeric' as const })}
        hint={way === 'RECOVERY_CODE' ? 'Each code of the list works once.' : undefined}
        error={formState.errors.code?.message}
        {...register('code', { validate: (typed) => checkCode(way, typed) })}
      />
      <Stack direction="row" spacing={1} useFlexGap sx={{ flexWrap: 'wrap' }}>
        <Button type="submit" variant="contained" size="large" loading={formState.isSubmitting}>
          {submit}
        </Button>
        {isSent(way) && <Again ask={ask} />}
      </Stack>
    </Stack>
  )
}

function SendCode({ way, ask }: { way: 'SMS' | 'EMAIL'; ask(): Promise<unknown> }): ReactNode {
  const [isBusy, setBusy] = useState(false)
  return (
    <Button
      variant="contained"
      size="large"
      loading={isBusy}
      onClick={async () => {
        setBusy(true)
        await ask()
        setBusy(false)
      }}
    >
      {way === 'SMS' ? 'Send a code to my phone' : 'Send a code by e-mail'}
    </Button>
  )
}

function Again({ ask }: { ask(): Promise<unknown> }): ReactNode {
  const [isBusy, setBusy] = useState(false)
  return (
    <Button
      loading={isBusy}
      onClick={async () => {
        setBusy(true)
        await ask()
        setBusy(false)
      }}
    >
      Send a new code
    </Button>
  )
}

/** The password again, where the bank asks for no more. */
export function PasswordWay({ submit, before, answer }: WayProps): ReactNode {
  const id = useId()
  const { register, handleSubmit, formState } = useForm({ defaultValues: { password: '' } })
  const send = handleSubmit(async ({ password }) => {
    await answer({ password })
  })
  return (
    <Stack component="form" spacing={2} onSubmit={send} noValidate>
      {before}
      <Field
        id={id}
        label="Your password"
        type="password"
        autoComplete="current-password"
        error={formState.errors.password?.message}
        {...register('password', { required: 'Enter your password' })}
      />
      <Button
        type="submit"
        variant="contained"
        size="large"
        loading={formState.isSubmitting}
        sx={{ alignSelf: 'start' }}
      >
        {submit}
      </Button>
    </Stack>
  )
}
