import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { formatMoney } from '../../formats/money.ts'
import { useTransferMoneyMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { nameOf } from '../accounts/account-words.ts'
import { StepUpDialog } from './step-up-dialog.tsx'
import type { Wish } from './transfer-form.tsx'

interface ReviewProps {
  wish: Wish
  onBack(): void
  onSent(transaction_id: string): void
}

/**
 * What will be sent, in full. The key of the transfer is made here once: pressed twice, or again after a lost answer, it moves the money once. Where
 * the bank asks for a confirmation, the same request goes again under the same key, with the proof.
 */
export function TransferReview({ wish, onBack, onSent }: ReviewProps): ReactNode {
  const [key] = useState(() => crypto.randomUUID())
  const [isAsked, setAsked] = useState(false)
  const [send, { error, isLoading }] = useTransferMoneyMutation()
  const { source, amount_cents, description, payee, account_number } = wish
  const amount = formatMoney(amount_cents, source.currency)
  const body = {
    source_account_id: source.account_id,
    destination_account_number: account_number,
    amount_cents,
    currency: source.currency,
    ...(description === '' ? {} : { description }),
  }
  const confirm = async (proof?: string): Promise<Refusal | undefined> => {
    const proved = proof === undefined ? {} : { 'x-step-up-proof': proof }
    const { data, error } = await send({ 'Idempotency-Key': key, ...proved, body })
    if (data !== undefined) onSent(data.transaction_id)
    const refused = error as Refusal | undefined
    setAsked(refused?.code === 'STEP_UP_REQUIRED')
    return refused
  }
  const lines = [
    ['Amount', amount],
    ['To', `${payee}, ${account_number}`],
    ['From', `${nameOf(source)}, ${source.account_number}`],
    ['For', description === '' ? '–' : description],
    ['Fee', formatMoney(0, source.currency)],
  ]
  return (
    <Stack spacing={2}>
      <ErrorSummary refusal={isAsked ? undefined : (error as Refusal | undefined)} />
      {isAsked && <StepUpDialog body={body} onProof={confirm} onClose={() => setAsked(false)} />}
      <Paper sx={{ p: 2 }}>
        <Stack component="dl" spacing={1.5} sx={{ m: 0 }}>
          {lines.map(([label, value]) => (
            <div key={label}>
              <Typography component="dt" variant="body2" color="textSecondary">
                {label}
              </Typography>
              <Typography component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }}>
                {value}
              </Typography>
            </div>
          ))}
        </Stack>
      </Paper>
      <Stack direction="row" spacing={1}>
        <Button variant="contained" size="large" onClick={() => confirm()} loading={isLoading}>
          Send {amount}
        </Button>
        <Button size="large" onClick={onBack} disabled={isLoading}>
          Change
        </Button>
      </Stack>
    </Stack>
  )
}
