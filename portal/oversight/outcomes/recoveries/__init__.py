"""Money back 追缴: sums recovered, each against the payment that it undoes."""
