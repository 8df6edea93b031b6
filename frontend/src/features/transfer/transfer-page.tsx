import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { usePageTitle } from '../../components/page-title.ts'
import { TransferForm, type Wish } from './transfer-form.tsx'
import { TransferOutcome } from './transfer-outcome.tsx'
import { TransferReview } from './transfer-review.tsx'

type Step = { name: 'form'; wish?: Wish } | { name: 'review'; wish: Wish } | { name: 'outcome'; transaction_id: string }

const HEADINGS = { form: 'Send money', review: 'Check and send', outcome: 'Your transfer' } as const

/** Sends money in three steps: say what, check it, see how it ended. Nothing is sent before the second. */
export function TransferPage(): ReactNode {
  const [step, setStep] = useState<Step>({ name: 'form' })
  usePageTitle(HEADINGS[step.name])
  return (
    <Stack spacing={2} sx={{ maxWidth: 560 }}>
      <Typography variant="h1" tabIndex={-1}>
        {HEADINGS[step.name]}
      </Typography>
      {step.name === 'form' && <TransferForm before={step.wish} onWish={(wish) => setStep({ name: 'review', wish })} />}
      {step.name === 'review' && (
        <TransferReview
          wish={step.wish}
          onBack={() => setStep({ name: 'form', wish: step.wish })}
          onSent={(transaction_id) => setStep({ name: 'outcome', transaction_id })}
        />
      )}
      {step.name === 'outcome' && (
        <TransferOutcome transaction_id={step.transaction_id} onAgain={() => setStep({ name: 'form' })} />
      )}
    </Stack>
  )
}
