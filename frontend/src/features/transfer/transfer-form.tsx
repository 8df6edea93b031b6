import Button from '@mui/material/Button'
import Chip from '@mui/material/Chip'
import FormControl from '@mui/material/FormControl'
import FormLabel from '@mui/material/FormLabel'
import NativeSelect from '@mui/material/NativeSelect'
import OutlinedInput from '@mui/material/OutlinedInput'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { type UseFormSetValue, useForm } from 'react-hook-form'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorSummary } from '../../components/error-summary.tsx'
import { Field } from '../../components/field.tsx'
import { formatMoney, parseMoney } from '../../formats/money.ts'
import {
  useGetAccountBalanceQuery,
  useLazyLookupPayeeQuery,
  useListAccountsQuery,
  useListBeneficiariesQuery,
} from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { type Account, nameOf } from '../accounts/account-words.ts'

/** What somebody wants to send, checked as far as a page can. */
export interface Wish {
  source: Account
  account_number: string
  /** Whose account the number is, masked by the bank. */
  payee: string
  amount_cents: number
  description: string
  /** As it was typed, to come back to. */
  typed: Typed
}

interface Typed {
  source: string
  number: string
  amount: string
  description: string
}

interface FormProps {
  before: Wish | undefined
  onWish(wish: Wish): void
}

/** Asks from which account, to which number, how much and what for; the bank says whose the number is. */
export function TransferForm({ before, onWish }: FormProps): ReactNode {
  const { data } = useListAccountsQuery({ limit: 50, status: 'ACTIVE' })
  if (data === undefined) return null
  if (data.items.length === 0)
    return (
      <EmptyState title="You have no account to send from">
        <Typography color="textSecondary">An account can be used as soon as we have verified who you are.</Typography>
      </EmptyState>
    )
  return <WishForm accounts={data.items} before={before} onWish={onWish} />
}

function WishForm({ accounts, before, onWish }: FormProps & { accounts: readonly Account[] }): ReactNode {
  const [lookUp, { error, isFetching }] = useLazyLookupPayeeQuery()
  const { register, handleSubmit, setValue, watch, formState } = useForm<Typed>({
    defaultValues: before?.typed ?? { source: accounts[0]?.account_id ?? '', number: '', amount: '', description: '' },
  })
  const source = accounts.find((account) => account.account_id === watch('source')) ?? (accounts[0] as Account)
  const submit = handleSubmit(async (typed) => {
    const { data: payee } = await lookUp({ accountNumber: typed.number.trim() })
    const amount_cents = parseMoney(typed.amount, source.currency)
    if (payee === undefined || amount_cents === undefined) return
    const description = typed.description.trim()
    onWish({ source, account_number: payee.account_number, payee: payee.masked_name, amount_cents, description, typed })
  })
  const wrong = formState.errors
  return (
    <Stack component="form" spacing={2.5} onSubmit={submit} noValidate>
      <ErrorSummary refusal={error as Refusal | undefined} />
      <SourceSelect accounts={accounts} source={source} input={register('source')} />
      <Favourites setValue={setValue} />
      <Field
        id="number"
        label="To account number"
        autoComplete="off"
        error={wrong.number?.message}
        hint="Like FB-00012345-7. Spaces do not matter."
        {...register('number', { required: 'Enter the account number of the payee' })}
      />
      <Field
        id="amount"
        label={`Amount in ${source.currency}`}
        inputMode="decimal"
        autoComplete="transaction-amount"
        error={wrong.amount?.message}
        {...register('amount', {
          validate: (typed) =>
            parseMoney(typed, source.currency) !== undefined || `Enter an amount in ${source.currency}, like 12.50`,
        })}
      />
      <Field
        id="description"
        label="What it is for (optional)"
        error={wrong.description?.message}
        {...register('description', { maxLength: { value: 280, message: 'At most 280 letters' } })}
      />
      <Button type="submit" variant="contained" size="large" loading={isFetching} sx={{ alignSelf: 'start' }}>
        Go on
      </Button>
    </Stack>
  )
}

interface SelectProps {
  accounts: readonly Account[]
  source: Account
  input: object
}

function SourceSelect({ accounts, source, input }: SelectProps): ReactNode {
  const { data } = useGetAccountBalanceQuery({ accountId: source.account_id })
  return (
    <FormControl fullWidth>
      <FormLabel htmlFor="source" sx={{ mb: 0.5, color: 'text.primary' }}>
        From
      </FormLabel>
      <NativeSelect id="source" input={<OutlinedInput />} inputProps={input} value={source.account_id}>
        {accounts.map((account) => (
          <option key={account.account_id} value={account.account_id}>
            {nameOf(account)} · {account.account_number} · {account.currency}
          </option>
        ))}
      </NativeSelect>
      <Typography variant="body2" color="textSecondary" sx={{ minHeight: 20, mt: 0.5 }}>
        {data !== undefined && `${formatMoney(data.available_balance_cents, data.currency)} available`}
      </Typography>
    </FormControl>
  )
}

/** Payees that were kept: one tap fills in the number. */
function Favourites({ setValue }: { setValue: UseFormSetValue<Typed> }): ReactNode {
  const { data } = useListBeneficiariesQuery({ limit: 20 })
  const own = data?.items.filter((item) => item.beneficiary_type === 'INTERNAL') ?? []
  if (own.length === 0) return null
  return (
    <Stack direction="row" useFlexGap sx={{ flexWrap: 'wrap', gap: 1 }} aria-label="Payees you have kept" role="group">
      {own.map((item) => (
        <Chip
          key={item.beneficiary_id}
          label={item.is_favourite ? `★ ${item.name}` : item.name}
          onClick={() => setValue('number', item.account_number, { shouldValidate: true })}
        />
      ))}
    </Stack>
  )
}
