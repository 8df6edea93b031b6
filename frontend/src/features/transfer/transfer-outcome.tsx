import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useEffect } from 'react'
import { Link } from 'react-router'
import { useAppDispatch } from '../../app/store.ts'
import { Amount } from '../../components/amount.tsx'
import { bankApi, useCancelTransactionMutation, useGetTransactionQuery } from '../../services/bank-api.ts'
import type { Transaction } from '../accounts/account-words.ts'

const FAILURES: Readonly<Record<string, string>> = {
  INSUFFICIENT_FUNDS: 'There is not enough money on the account.',
  LIMIT_EXCEEDED: 'It is above the limit of the account.',
  ACCOUNT_BLOCKED: 'The account is blocked.',
  REFUSED: 'The bank refused it. Please call us.',
  REJECTED: 'The bank refused it. Please call us.',
}

const WORDS: Readonly<Record<Transaction['status'], readonly ['info' | 'success' | 'warning' | 'error', string]>> = {
  PENDING: ['info', 'Your transfer is on its way.'],
  PROCESSING: ['info', 'Your transfer is on its way.'],
  AWAITING_APPROVAL: ['warning', 'Somebody at the bank looks at your transfer first. You will be told.'],
  COMPLETED: ['success', 'Done: the money is on the other account.'],
  FAILED: ['error', 'Your transfer was not done. No money has moved.'],
  CANCELLED: ['info', 'Your transfer was taken back. No money has moved.'],
  REVERSED: ['warning', 'Your transfer was undone.'],
}

/** How a transfer went; asks until it has ended. */
export function TransferOutcome({ transaction_id, onAgain }: { transaction_id: string; onAgain(): void }): ReactNode {
  const dispatch = useAppDispatch()
  const [cancel, { isLoading }] = useCancelTransactionMutation()
  const { data } = useGetTransactionQuery({ transactionId: transaction_id }, { pollingInterval: 700 })
  const status = data?.status
  useEffect(() => {
    if (status !== undefined) dispatch(bankApi.util.invalidateTags(['account']))
  }, [status, dispatch])
  if (data === undefined) return null
  const [severity, words] = WORDS[data.status]
  const why = data.failure_code === null ? '' : (FAILURES[data.failure_code] ?? '')
  return (
    <Stack spacing={2}>
      <Alert severity={severity} role="status">
        {words} {why}
      </Alert>
      <Typography>
        <Amount cents={data.amount_cents} currency={data.currency} variant="h2" /> · {data.transaction_ref}
      </Typography>
      <Stack direction="row" spacing={1}>
        {data.status === 'AWAITING_APPROVAL' && (
          <Button
            variant="outlined"
            color="warning"
            loading={isLoading}
            onClick={() => cancel({ transactionId: transaction_id })}
          >
            Take it back
          </Button>
        )}
        <Button component={Link} to="/" variant="contained">
          To your accounts
        </Button>
        <Button onClick={onAgain}>Send more</Button>
      </Stack>
    </Stack>
  )
}
