import { dayFrom } from '../domain/value-dates.ts'
import type { SealedTransaction } from '../proofs/texts.ts'
import {
  accountName,
  amountText,
  isOwn,
  type JournalFormat,
  legsOf,
  lineName,
  moreOf,
  openingName,
} from './journal-text.ts'

/** Beancount (https://beancount.github.io/docs/beancount_language_syntax.html): `bean-check` opens the file and checks every assertion in it. */
export const beancount: JournalFormat = {
  content_type: 'text/plain; charset=utf-8',
  extension: 'beancount',
  head: ({ from, to, known_at, seal_no }) =>
    `option "title" "Journal ${from} to ${to}"\n; as known at ${known_at ?? 'the beginning'} (seal ${seal_no})\n`,
  account(account, opening, { from }) {
    const name = accountName(account)
    const opened = isOwn(account) ? '' : `\n${from} open ${name} ${account.currency}\n`
    return opening === 0n ? opened : `${opened}${openingEntry(name, opening, account.currency, from)}`
  },
  transaction(booked, accountOf) {
    const lines = legsOf(booked, accountOf).map(([name, amount]) => `  ${name}  ${amount}`)
    return `\n${booked.business_date} * ${quoted(booked.reference)} ${quoted(booked.description)}\n${metadataOf(booked)}${lines.join('\n')}\n`
  },
  tail(lines, { from, to }) {
    const currencies = [...new Set(lines.map((line) => line.currency))]
    const opened = [
      ...lines.map((line) => [lineName(line), line.currency]),
      ...currencies.map((code) => [openingName(code), code]),
    ]
    return [
      '',
      ...opened.map(([name, currency]) => `${from} open ${name} ${currency}`),
      ...lines.flatMap((line) =>
        line.opening_rest === 0n ? [] : openingEntry(lineName(line), line.opening_rest, line.currency, from),
      ),
      '; the balances of every line at the end, with what is below it',
      ...lines.map((line) => `${dayFrom(to, 1)} balance ${lineName(line)}  ${amountText(line.closing, line.currency)}`),
      ...currencies.map((code) => `${dayFrom(to, 1)} balance ${openingName(code)}  ${amountText(0n, code)}`),
      '',
    ].join('\n')
  },
}

function openingEntry(name: string, cents: bigint, currency: string, from: string): string {
  return `\n${from} * "Opening balance"\n  ${name}  ${amountText(cents, currency)}\n  ${openingName(currency)}  ${amountText(-cents, currency)}\n`
}

function metadataOf(booked: SealedTransaction): string {
  const { value_date, ledger_transaction_id, transaction_id, business_event, reversal_of } = booked
  const pairs = [
    `value_date: ${value_date}`,
    `ledger_transaction_id: "${ledger_transaction_id}"`,
    `transaction_id: "${transaction_id}"`,
    `business_event: "${business_event}"`,
    ...(reversal_of === null ? [] : [`reversal_of: "${reversal_of}"`]),
    ...Object.entries(moreOf(booked)).map(([name, text]) => `${name}: "${text}"`),
    ...(booked.metadata === null ? [] : [`metadata: ${quoted(JSON.stringify(booked.metadata))}`]),
  ]
  return pairs.map((pair) => `  ${pair}\n`).join('')
}

function quoted(text: string): string {
  return `"${text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')}"`
}
