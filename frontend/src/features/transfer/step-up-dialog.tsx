import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Skeleton from '@mui/material/Skeleton'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useEffect, useId } from 'react'
import { Link } from 'react-router'
import { ErrorSummary } from '../../components/error-summary.tsx'
import {
  bankApi,
  type StartStepUpApiResponse,
  type TransferMoneyApiArg,
  useAnswerStepUpMutation,
  useOfferStepUpMutation,
  useStartStepUpMutation,
} from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { FactorChallenge } from '../factors/factor-challenge.tsx'
import type { FactorAnswer } from '../factors/factor-words.ts'

// To be asked for a confirmation changes nothing that a page shows.
bankApi.enhanceEndpoints({
  endpoints: {
    startStepUp: { invalidatesTags: [] },
    offerStepUp: { invalidatesTags: [] },
    answerStepUp: { invalidatesTags: [] },
  },
})

interface StepUpProps {
  /** The transfer as it will be sent again. */
  body: TransferMoneyApiArg['body']
  /** Sends it with the proof; the refusal where the bank refused even so. */
  onProof(proof: string): Promise<Refusal | undefined>
  onClose(): void
}

/** Asks the payer to confirm exactly this transfer, in the bank's words: amount, whose the account is, and from where. Closing it sends nothing. */
export function StepUpDialog({ body, onProof, onClose }: StepUpProps): ReactNode {
  const id = useId()
  const [start, { data, error }] = useStartStepUpMutation()
  // What was typed does not change while the dialog is open; opened again, it is asked anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: one challenge for one opening
  useEffect(() => {
    void start({ body: { operation: 'transferMoney', body } })
  }, [start])
  const refusal = error as Refusal | undefined
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} fullWidth maxWidth="xs">
      <DialogTitle id={id}>Confirm this payment</DialogTitle>
      <DialogContent>
        <Stack spacing={2}>
          <ErrorSummary refusal={refusal} />
          {refusal?.code === 'FACTOR_MISSING' && (
            <Button component={Link} to="/security" variant="outlined">
              Set up a second factor
            </Button>
          )}
          {refusal === undefined && data === undefined && <Skeleton variant="rounded" height={220} />}
          {data !== undefined && <Confirmation challenge={data} onProof={onProof} />}
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose}>
          Do not send
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function Confirmation({
  challenge,
  onProof,
}: Pick<StepUpProps, 'onProof'> & { challenge: StartStepUpApiResponse }): ReactNode {
  const [offer] = useOfferStepUpMutation()
  const [send] = useAnswerStepUpMutation()
  const { challenge_id: challengeId, shown, factors } = challenge
  const answer = async (given: FactorAnswer): Promise<Refusal | undefined> => {
    const { data, error } = await send({ challengeId, body: given })
    return data === undefined ? (error as Refusal) : onProof(data.proof)
  }
  return (
    <>
      <Stack component="dl" spacing={1} sx={{ m: 0 }}>
        {shown.lines.map(({ label, value }) => (
          <div key={label}>
            <Typography component="dt" variant="body2" color="textSecondary">
              {label}
            </Typography>
            <Typography component="dd" sx={{ m: 0, fontWeight: 600, overflowWrap: 'anywhere' }}>
              {value}
            </Typography>
          </div>
        ))}
      </Stack>
      <FactorChallenge
        factors={factors}
        offer={(factor) => offer({ challengeId, body: { factor } })}
        answer={answer}
        submit="Confirm and send"
      />
    </>
  )
}
