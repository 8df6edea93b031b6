import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import { type ReactNode, useState } from 'react'
import { useForm } from 'react-hook-form'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { Field } from '../../components/field.tsx'
import type { Refusal } from '../../services/base-api.ts'
import { checkCode, cleanCode } from '../factors/factor-words.ts'

interface CodeFormProps {
  label: string
  confirm(code: string): Promise<Refusal | undefined>
}

/** The first code of a new factor: proves that it works before anything depends on it. */
export function CodeForm({ label, confirm }: CodeFormProps): ReactNode {
  const [refusal, setRefusal] = useState<Refusal>()
  const { register, handleSubmit, formState } = useForm({ defaultValues: { code: '' } })
  const send = handleSubmit(async ({ code }) => setRefusal(await confirm(cleanCode(code))))
  return (
    <Stack component="form" spacing={2} onSubmit={send} noValidate>
      <ErrorSummary refusal={refusal} />
      <Field
        id="first-code"
        label={label}
        inputMode="numeric"
        autoComplete="one-time-code"
        error={formState.errors.code?.message}
        {...register('code', { validate: (typed) => checkCode('TOTP', typed) })}
      />
      <Button
        type="submit"
        variant="contained"
        size="large"
        loading={formState.isSubmitting}
        sx={{ alignSelf: 'start' }}
      >
        Confirm
      </Button>
    </Stack>
  )
}
