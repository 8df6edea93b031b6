-- Who earned in a month is read day by day, a page at a time, however many accounts there are.
create index interest_accruals_by_day on interest_accruals (business_date, account_id);
