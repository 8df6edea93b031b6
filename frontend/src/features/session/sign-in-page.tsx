import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { useAppDispatch, useAppSelector } from '../../app/store.ts'
import { usePageTitle } from '../../components/page-title.ts'
import { useChallengeFactorMutation, useVerifyFactorWebMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { FactorChallenge } from '../factors/factor-challenge.tsx'
import type { FactorAnswer } from '../factors/factor-words.ts'
import { PasskeySignIn } from './passkey-sign-in.tsx'
import { type HalfWay, PasswordForm } from './password-form.tsx'
import { begun } from './session-slice.ts'

/** Signs in by a passkey alone, or by address and password and, where there is one, a second factor. */
export function SignInPage(): ReactNode {
  const hasEnded = useAppSelector((state) => state.session.hasEnded)
  const [halfWay, setHalfWay] = useState<HalfWay>()
  const isHalfWay = halfWay !== undefined
  usePageTitle(isHalfWay ? 'Confirm that it is you' : 'Sign in')
  return (
    <Stack component="main" sx={{ minHeight: '100vh', alignItems: 'center', justifyContent: 'center', p: 2 }}>
      <Paper sx={{ p: { xs: 3, sm: 4 }, width: '100%', maxWidth: 420 }}>
        <Stack spacing={2.5}>
          <Typography variant="h1" tabIndex={-1}>
            {isHalfWay ? 'Confirm that it is you' : 'Sign in to BankFlow'}
          </Typography>
          {hasEnded && !isHalfWay && <Alert severity="info">Your session has ended. Sign in again to go on.</Alert>}
          {isHalfWay ? (
            <SecondFactor halfWay={halfWay} onBack={() => setHalfWay(undefined)} />
          ) : (
            <>
              <PasswordForm onHalfWay={setHalfWay} />
              <PasskeySignIn />
            </>
          )}
        </Stack>
      </Paper>
    </Stack>
  )
}

function SecondFactor({ halfWay, onBack }: { halfWay: HalfWay; onBack(): void }): ReactNode {
  const dispatch = useAppDispatch()
  const [ask] = useChallengeFactorMutation()
  const [verify] = useVerifyFactorWebMutation()
  const { challenge_id, factors } = halfWay
  const answer = async ({ password: _, ...given }: FactorAnswer): Promise<Refusal | undefined> => {
    const { data, error } = await verify({ body: { challenge_id, ...given } })
    if (data?.user !== undefined) dispatch(begun(data.user))
    return error as Refusal | undefined
  }
  return (
    <Stack spacing={2}>
      <FactorChallenge
        factors={factors}
        offer={(factor) => ask({ body: { challenge_id, factor } })}
        answer={answer}
        submit="Sign in"
      />
      <Button onClick={onBack} sx={{ alignSelf: 'start', px: 0, minWidth: 0 }} color="inherit">
        Start again
      </Button>
    </Stack>
  )
}
