"""Which cited studies can be inside the totals that a review prints: proofs, witnesses, assumptions, relaxations."""
