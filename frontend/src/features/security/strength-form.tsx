import Button from '@mui/material/Button'
import Skeleton from '@mui/material/Skeleton'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useEffect, useState } from 'react'
import { useForm } from 'react-hook-form'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { Field } from '../../components/field.tsx'
import {
  type OpenFactorProofApiResponse,
  type RemoveFactorApiArg,
  useOfferFactorProofMutation,
  useOpenFactorProofMutation,
} from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { FactorChallenge } from '../factors/factor-challenge.tsx'
import type { FactorAnswer } from '../factors/factor-words.ts'

/** What a change of factors or devices is proved with: the password and, where there is one, a second factor. */
export type Strength = RemoveFactorApiArg['body']

interface StrengthProps {
  /** What the button says. */
  submit: string
  /** Does it; the refusal where the bank refused. */
  act(strength: Strength): Promise<Refusal | undefined>
}

/**
 * Asks for what the bank asks for before factors change: whoever has no second factor gives the password; whoever has one answers it too, or
 * a passkey alone. A session that somebody stole changes nothing.
 */
export function StrengthForm({ submit, act }: StrengthProps): ReactNode {
  const [open, { data, error }] = useOpenFactorProofMutation()
  useEffect(() => {
    void open()
  }, [open])
  const refusal = error as Refusal | undefined
  if (data !== undefined) return <ProofForm challenge={data} submit={submit} act={act} />
  if (refusal?.code === 'FACTOR_MISSING') return <PasswordOnly submit={submit} act={act} />
  if (refusal !== undefined) return <ErrorSummary refusal={refusal} />
  return <Skeleton variant="rounded" height={120} />
}

function ProofForm({ challenge, submit, act }: StrengthProps & { challenge: OpenFactorProofApiResponse }): ReactNode {
  const [offer] = useOfferFactorProofMutation()
  const [password, setPassword] = useState('')
  const [missing, setMissing] = useState<string>()
  const { challenge_id } = challenge
  const answer = async ({ password: _, ...given }: FactorAnswer): Promise<Refusal | undefined> => {
    const proof = { challenge_id, ...given }
    if (given.passkey !== undefined) return act({ proof })
    setMissing(password === '' ? 'Enter your password' : undefined)
    return password === '' ? undefined : act({ password, proof })
  }
  return (
    <>
      <Typography>Confirm that it is you.</Typography>
      <FactorChallenge
        factors={challenge.factors}
        offer={(factor) => offer({ challengeId: challenge_id, body: { factor } })}
        answer={answer}
        submit={submit}
        before={(way) =>
          way === 'PASSKEY' ? null : (
            <Field
              id="strength-password"
              label="Your password"
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              error={missing}
            />
          )
        }
      />
    </>
  )
}

function PasswordOnly({ submit, act }: StrengthProps): ReactNode {
  const [refusal, setRefusal] = useState<Refusal>()
  const { register, handleSubmit, formState } = useForm({ defaultValues: { password: '' } })
  const send = handleSubmit(async ({ password }) => setRefusal(await act({ password })))
  return (
    <Stack component="form" spacing={2} onSubmit={send} noValidate>
      <ErrorSummary refusal={refusal} />
      <Field
        id="strength-password"
        label="Your password"
        type="password"
        autoComplete="current-password"
        hint="To confirm that it is you."
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
