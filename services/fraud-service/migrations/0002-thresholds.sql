-- Amounts in yen and in fils are compared with the same thresholds: what 0001 calls minor units are those of a currency with two decimals.
comment on column fraud_rules.threshold is 'Hundredths of the currency''s unit, or a number of transfers; the rule fires above it';
