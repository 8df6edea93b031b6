/** A year of interest has 365 days, in leap years too (actual/365 fixed), and rates are parts per million. */
const DIVISOR = 365n * 1_000_000n

/** What one account has earned in a month so far. */
export interface MonthToDate {
  /** Balance × rate summed over the days, exactly. */
  month_sum: bigint
  /** The same as money: minor units, divided and rounded half to even. */
  accrued_cents: bigint
}

/** The month after one more day: its closing balance in minor units at a rate; a balance below zero earns nothing. */
export function accrueDay(before_sum: bigint, day: { balance_cents: bigint; rate_ppm: number }): MonthToDate {
  const earning = day.balance_cents > 0n ? day.balance_cents : 0n
  const month_sum = before_sum + earning * BigInt(day.rate_ppm)
  return { month_sum, accrued_cents: interestOf(month_sum) }
}

/** A sum of balance × rate as interest in minor units, rounded half to even. RangeError below zero. */
export function interestOf(month_sum: bigint): bigint {
  if (month_sum < 0n) throw new RangeError('interest is earned on balances above zero')
  const whole = month_sum / DIVISOR
  const twiceRest = (month_sum % DIVISOR) * 2n
  if (twiceRest === DIVISOR) return whole + (whole % 2n)
  return twiceRest > DIVISOR ? whole + 1n : whole
}
